/* Children in whose handlers nobody else's signals arrive: they raise their own, set their timers, install their own
 * handlers (the same function among them), ignore, exec, write down a broken pipe or a fault. The handlers they run of
 * their parent's, they asked for.
 *
 * ways: raise kill self_queue own_thread alarm setitimer timer_create sigpipe fault abort terminal reinstalled same_again ignored defaulted exec exec_sent vfork_exec blocked
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded mode=strict: exit 0; nothing
 * bare differs: no
 */
#include "inherited_handler.h"
#include <setjmp.h>
#include <sys/time.h>

static const char *way;
static bool is(const char *name) { return strcmp(way, name) == 0; }
static sigjmp_buf out_of_it;
static volatile sig_atomic_t others;
static const int SIGNALS[] = {SIGUSR1, SIGUSR2, SIGTERM, SIGALRM, SIGVTALRM, SIGPIPE, SIGINT, SIGHUP};

static void jump(int number) {
    (void)number;
    siglongjmp(out_of_it, 1);
}
static void count_other(int number) {
    (void)number;
    others++;
}

static void await_handler(void) {
    sigset_t set;
    sigemptyset(&set);
    while (handled == 0)
        raw_call(SYS_rt_sigsuspend, &set, 8);
}

static void *signal_main(void *main_thread) {
    SETUP(pthread_kill(*(pthread_t *)main_thread, SIGUSR1) == 0);
    return NULL;
}

/* A terminal's interrupt is the kernel's: SI_KERNEL. */
static void interrupt_by_terminal(void) {
    int leader, terminal;
    SETUP(openpty(&leader, &terminal, NULL, NULL, NULL) == 0);
    SETUP(setsid() != -1 && ioctl(terminal, TIOCSCTTY, 0) == 0);
    SETUP(write(leader, "\3", 1) == 1);
}

static int child(void *none) {
    (void)none;
    struct itimerval soon = {.it_value = {.tv_usec = 1000}};
    struct itimerspec soon_too = {.it_value = {.tv_nsec = 1000000}};
    sigset_t set;
    sigfillset(&set);
    if (is("alarm") || is("setitimer") || is("timer_create") || is("own_thread") || is("terminal"))
        SETUP(pthread_sigmask(SIG_SETMASK, &set, NULL) == 0);
    int wanted = 1;
    if (is("raise")) {
        SETUP(raise(SIGUSR1) == 0);
    } else if (is("kill")) {
        SETUP(kill(getpid(), SIGUSR1) == 0);
    } else if (is("self_queue")) {
        SETUP(sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = 1}) == 0);
    } else if (is("own_thread")) {
        pthread_t thread, self = pthread_self();
        SETUP(pthread_create(&thread, NULL, signal_main, &self) == 0 && pthread_join(thread, NULL) == 0);
        await_handler();
    } else if (is("alarm")) {
        alarm(1);
        await_handler();
    } else if (is("setitimer")) {
        SETUP(setitimer(ITIMER_REAL, &soon, NULL) == 0);
        await_handler();
        SETUP(setitimer(ITIMER_VIRTUAL, &soon, NULL) == 0 && pthread_sigmask(SIG_UNBLOCK, &set, NULL) == 0);
        while (handled < 2)
            continue;
        wanted = 2;
    } else if (is("timer_create")) {
        timer_t timer;
        struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
        SETUP(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0 && timer_settime(timer, 0, &soon_too, NULL) == 0);
        await_handler();
    } else if (is("sigpipe")) {
        int ends[2];
        SETUP(pipe(ends) == 0 && close(ends[0]) == 0);
        CHECK(21, write(ends[1], "", 1) == -1 && errno == EPIPE);
    } else if (is("fault")) {
        if (sigsetjmp(out_of_it, 1) == 0)
            *(volatile int *)(uintptr_t)16 = 1;
        handled = 1;
    } else if (is("abort")) {
        if (sigsetjmp(out_of_it, 1) == 0)
            abort();
        handled = 1;
    } else if (is("terminal")) {
        interrupt_by_terminal();
        await_handler();
    } else if (is("reinstalled") || is("same_again")) {
        handle(SIGUSR1, is("same_again") ? count : count_other, SA_RESTART);
        tell(up);
        next_signal();
        wanted = is("same_again") ? 1 : 0;
        CHECK(22, handled + others == 1);
    } else if (is("ignored") || is("defaulted")) {
        SETUP(signal(SIGUSR1, is("ignored") ? SIG_IGN : SIG_DFL) != SIG_ERR);
        tell(up);
        next_signal();
        wanted = 0;
    } else if (is("exec_sent") || is("exec")) {
        handled = 0;
        execl("/bin/sh", "sh", "-c", is("exec") ? "true" : "kill -USR1 $$; true", (char *)NULL);
    } else if (is("vfork_exec")) {
        wanted = 0;
        for (volatile int round = 0; round < 5; round++) {
            pid_t pid = vfork();
            if (pid == 0) {
                execl("/bin/true", "true", (char *)NULL);
                _exit(127);
            }
            int status;
            while (waitpid(pid, &status, 0) == -1)
                CHECK(23, errno == EINTR);
            CHECK(24, status == 0);
        }
    } else if (is("blocked")) {
        /* Sent while it is blocked, and taken without its handler. */
        sigemptyset(&set);
        sigaddset(&set, SIGUSR1);
        SETUP(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0);
        tell(up);
        next_signal();
        siginfo_t info;
        CHECK(25, sigwaitinfo(&set, &info) == SIGUSR1 && info.si_pid == getppid());
        wanted = 0;
    }
    say("handled %d, others %d\n", (int)handled, (int)others);
    CHECK(26, handled == wanted);
    return 0;
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    way = argv[1];
    for (size_t place = 0; place < sizeof SIGNALS / sizeof *SIGNALS; place++)
        handle(SIGNALS[place], count, SA_RESTART);
    handle(SIGSEGV, jump, SA_NODEFER);
    handle(SIGABRT, jump, SA_NODEFER);
    struct kid kid = start(PLAIN_FORK, child, NULL);
    if (is("reinstalled") || is("same_again") || is("ignored") || is("blocked") || is("defaulted")) {
        await(kid.line);
        SETUP(kill(kid.pid, SIGUSR1) == 0);
        if (!is("defaulted"))
            delivered(&kid);
    }
    say("code %d, handled %d\n", code_from(&kid), (int)handled);
    return 0;
}
