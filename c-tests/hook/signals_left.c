/* Handlers that do not return, or return twice: left by siglongjmp, by another context, by pthread_exit and cancellation;
 * that fork, exec, end the process, change their own action, or kill it. How each process ends, and what it has done.
 *
 * ways: fresh forked
 * bare: exit 0
 * guarded vanished-threads=off: exit 0; nothing
 * guarded vanished-threads=off mode=observe: exit 0; nothing
 * bare differs: no
 */
#include "actions_shown.h"
#include <setjmp.h>
#include <spawn.h>
#include <ucontext.h>

extern char **environ;
static sigjmp_buf out_of_it;
static ucontext_t main_context, other_context;
static pid_t twin;
static int line[2];
static volatile int cleaned;
static volatile bool inside;

static void jump(int number) { siglongjmp(out_of_it, number); }
static void swap_out(int number) {
    (void)number;
    ran[1]++;
    swapcontext(&other_context, &main_context);
    say("back in the handler, mask %llx\n", (unsigned long long)kernel_mask());
    quit(3); /* what it interrupted is no longer on the stack */
}
static void end_thread(int number) {
    (void)number;
    pthread_exit((void *)7);
}
static void be_cancelled(int number) {
    char byte;
    (void)number;
    inside = true;
    read(line[0], &byte, 1);
    ran[1]++; /* never */
}
static void fork_here(int number) {
    (void)number;
    twin = fork();
}
static void exec_here(int number) {
    (void)number;
    execl("/bin/sh", "sh", "-c", "grep -e SigBlk -e SigIgn -e SigCgt /proc/self/status; exit 5", (char *)NULL);
}
static void spawn_here(int number) {
    static char *const PROGRAM[] = {"sh", "-c", "exit 4", NULL};
    int status;
    pid_t pid;
    (void)number;
    SETUP(posix_spawn(&pid, "/bin/sh", NULL, NULL, PROGRAM, environ) == 0 && waitpid(pid, &status, 0) == pid);
    ran[2] = WEXITSTATUS(status);
}
static void vfork_here(int number) {
    int status;
    (void)number;
    pid_t pid = vfork();
    if (pid == 0) {
        execl("/bin/sh", "sh", "-c", "exit 6", (char *)NULL);
        _exit(1);
    }
    SETUP(waitpid(pid, &status, 0) == pid);
    ran[2] = WEXITSTATUS(status);
}
static void leave(int number) { _exit(number); }
static void again(int number) {
    ran[1]++;
    signal(number, ran[1] < 3 ? again : first);
}
static void by_default(int number) {
    ran[1]++;
    signal(number, SIG_DFL);
    raise(number); /* waits until we are back */
    say("still here\n");
}
static void by_default_unblocked(int number) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    signal(number, SIG_DFL);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    raise(number);
    say("not reached\n");
}
static void clean(void *none) {
    (void)none;
    cleaned++;
}

static void install(int number, void (*handler)(int), int flags) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    SETUP(sigaction(number, &action, NULL) == 0);
}

static void jumps(void) {
    install(SIGUSR1, jump, 0);
    volatile int count = 0;
    for (volatile int round = 0; round < 200; round++) {
        if (sigsetjmp(out_of_it, 1) == 0)
            raise(SIGUSR1);
        else
            count++;
    }
    say("jumped %d times, mask %llx\n", count, (unsigned long long)kernel_mask());
    install(SIGUSR1, first, 0);
    raise(SIGUSR1);
    say("ran %d\n", (int)ran[0]);
}

static void contexts(void) {
    static char stack[1 << 16]; /* its own, so that it is whole when it goes on */
    volatile int back = 0;
    SETUP(sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof stack}, NULL) == 0);
    install(SIGUSR1, swap_out, SA_ONSTACK);
    getcontext(&main_context);
    if (back++ == 0)
        raise(SIGUSR1);
    say("out of the handler %d, mask %llx\n", (int)ran[1], (unsigned long long)kernel_mask());
    setcontext(&other_context);
}

static void *thread_main(void *handler) {
    pthread_cleanup_push(clean, NULL);
    install(SIGUSR1, (void (*)(int))(intptr_t)handler, 0);
    raise(SIGUSR1);
    say("not reached\n");
    pthread_cleanup_pop(0);
    return NULL;
}

static void *asynchronous(void *none) {
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    pthread_cleanup_push(clean, NULL);
    install(SIGUSR1, be_cancelled, 0);
    raise(SIGUSR1);
    pthread_cleanup_pop(0);
    return none;
}

static void threads(void *(*run)(void *), void (*handler)(int), bool cancel) {
    pthread_t thread;
    void *result;
    cleaned = 0;
    SETUP(pthread_create(&thread, NULL, run, (void *)(intptr_t)handler) == 0);
    while (cancel && !inside)
        sched_yield();
    if (cancel)
        SETUP(pthread_cancel(thread) == 0);
    SETUP(pthread_join(thread, &result) == 0);
    say("thread ended with %ld, cleaned %d, ran %d\n", (long)(intptr_t)result, cleaned, (int)ran[1]);
}

static void exits_by_thread(void) { threads(thread_main, end_thread, false); }
static void cancelled(void) { threads(thread_main, be_cancelled, true); }
static void cancelled_at_once(void) { threads(asynchronous, NULL, true); }

static void forks(void) {
    for (int round = 0; round < 3; round++) {
        install(SIGUSR1, fork_here, 0);
        raise(SIGUSR1);
        if (twin == 0) {
            install(SIGUSR1, first, 0);
            raise(SIGUSR1);
            quit(10 + (int)ran[0]);
        }
        int status;
        SETUP(waitpid(twin, &status, 0) == twin);
        say("forked, its code %d, mask %llx\n", code_of(status), (unsigned long long)kernel_mask());
    }
}

static void with(void (*handler)(int), int number) {
    install(number, handler, 0);
    raise(number);
    say("returned: %d %d %d\n", (int)ran[0], (int)ran[1], (int)ran[2]);
    show_action("left", number);
}
static void execs(void) {
    signal(SIGHUP, SIG_IGN);
    with(exec_here, SIGUSR1);
}
static void spawns(void) { with(spawn_here, SIGUSR1); }
static void vforks(void) { with(vfork_here, SIGUSR1); }
static void leaves(void) { with(leave, SIGUSR1); }
static void changes(void) {
    with(again, SIGUSR1);
    raise(SIGUSR1);
    raise(SIGUSR1);
    raise(SIGUSR1);
    say("ran %d %d\n", (int)ran[0], (int)ran[1]);
}
static void defaults(void) { with(by_default, SIGTERM); }
static void defaults_unblocked(void) { with(by_default_unblocked, SIGINT); }
static void default_outside(void) {
    install(SIGTERM, first, 0);
    raise(SIGTERM);
    signal(SIGTERM, SIG_DFL);
    raise(SIGTERM);
}
static void resets(void) {
    install(SIGTERM, first, (int)SA_RESETHAND);
    raise(SIGTERM);
    raise(SIGTERM);
}
static void aborts(void) {
    install(SIGABRT, first, 0);
    abort();
}
static void ignores(void) {
    install(SIGTERM, first, 0);
    signal(SIGTERM, SIG_IGN);
    raise(SIGTERM);
    say("ran %d\n", (int)ran[0]);
}
static void quits_by_core(void) { raise(SIGQUIT); }

static const struct {
    const char *name;
    void (*run)(void);
} CASES[] = {
    {"jumps", jumps}, {"contexts", contexts}, {"exits_by_thread", exits_by_thread}, {"cancelled", cancelled}, {"cancelled_at_once", cancelled_at_once},
    {"forks", forks}, {"execs", execs}, {"spawns", spawns}, {"vforks", vforks}, {"leaves", leaves}, {"changes", changes}, {"defaults", defaults},
    {"defaults_unblocked", defaults_unblocked}, {"default_outside", default_outside}, {"resets", resets}, {"aborts", aborts}, {"ignores", ignores},
    {"quits_by_core", quits_by_core},
};

/* Each in a child of its own, which no hook sees the making of: in a fresh process nobody has forked but it. */
static int calls(void *none) {
    (void)none;
    struct rlimit no_core = {0, 0};
    SETUP(setrlimit(RLIMIT_CORE, &no_core) == 0);
    SETUP(pipe(line) == 0);
    for (size_t place = 0; place < sizeof CASES / sizeof *CASES; place++) {
        say("%s\n", CASES[place].name);
        pid_t pid = asm_fork();
        SETUP(pid != -1);
        if (pid == 0) {
            alarm(ALARM_SECONDS);
            CASES[place].run();
            _exit(0);
        }
        int status;
        SETUP(waitpid(pid, &status, 0) == pid);
        say("  ended with %d\n", code_of(status));
    }
    return 0;
}

int main(int argc, char **argv) { return in_the_way(argc, argv, calls); }
