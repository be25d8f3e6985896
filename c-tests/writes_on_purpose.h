/* Children that write to their parent's pipes and mean it: the ways of innocent/wakeups.c and innocent/wakeups_unseen.c. They differ
 * in how the child is made, CHILD_BY. */
#ifndef WRITES_ON_PURPOSE_H
#define WRITES_ON_PURPOSE_H

#include "asleep.h"
#include "wakeup.h"
#include <semaphore.h>
#include <setjmp.h>
#include <ucontext.h>

static const char *way;
static bool is(const char *name) { return strcmp(way, name) == 0; }
static struct wakeup side; /* another pair */
static sigjmp_buf out_of_it;
static ucontext_t before, inside;
static int line[2];
static struct kid born;

static void silent(int number) { handled += number; }
static void jump(int number) {
    (void)number;
    siglongjmp(out_of_it, 1);
}
static void swap(int number) {
    (void)number;
    swapcontext(&inside, &before);
}
static jmp_buf plain_out_of_it;
static void *builtin_out_of_it[5];
static void jump_plainly(int number) {
    (void)number;
    longjmp(plain_out_of_it, 1);
}
static void jump_by_compiler(int number) {
    (void)number;
    __builtin_longjmp(builtin_out_of_it, 1);
}
static __attribute__((noinline)) void raise_and_be_jumped_to(void) {
    if (is("builtin_altstack")) {
        if (__builtin_setjmp(builtin_out_of_it) == 0)
            raise(SIGUSR1);
    } else if (setjmp(plain_out_of_it) == 0) {
        raise(SIGUSR1);
    }
}
static void stay(int number) {
    (void)number;
    tell(line[0]);
    await(line[0]);
}
static void with_lock(int number) {
    char token;
    (void)number;
    SETUP(read(side.out, &token, 1) == 1 && token == 't');
    handled++;
    SETUP(write(side.in, &token, 1) == 1);
}
static void to_log(int number) {
    (void)number;
    SETUP(write(1, "log\n", 4) == 4 && write(2, "l", 1) == 1);
    handled++;
}
static void own_wake_up(int number) { wake_up(number); }
static void raising(int number) {
    (void)number;
    SETUP(raise(SIGUSR2) == 0);
}
static int work(void *none) {
    (void)none;
    SETUP(put_one(&wake) == 1);
    tell(up);
    await(up);
    return 0;
}
static void bear(int number) {
    (void)number;
    born = start(CHILD_BY, work, NULL);
}

static void *raise_main(void *none) {
    SETUP(pthread_kill(pthread_self(), SIGUSR1) == 0);
    return none;
}

/* Memory of the stack that nobody has written to since a handler's frame lay there: it must not pass for one. */
static __attribute__((noinline)) void put_over_old_frames(void) {
    volatile char room[60000];
    room[0] = room[sizeof room - 1] = 0;
    SETUP(put_one(&wake) == 1);
    room[1] = room[0];
}
static __attribute__((noinline)) void raise_deep_down(void) {
    volatile char room[20000];
    room[0] = room[sizeof room - 1] = 0;
    if (sigsetjmp(out_of_it, 0) == 0)
        SETUP(raise(SIGUSR1) == 0);
    room[1] = room[0];
}

static void leave_process(int number) {
    (void)number;
    _exit(0);
}
static __attribute__((noinline)) void raise_in_vfork_child(void) {
    volatile char room[20000];
    room[0] = room[sizeof room - 1] = 0;
    pid_t pid = vfork();
    if (pid == 0) {
        raise(SIGUSR1);
        _exit(1);
    }
    SETUP(waitpid(pid, NULL, 0) == pid);
    room[1] = room[0];
}

static void install_raw(void (*handler)(int)) {
    struct {
        void (*handler)(int);
        unsigned long flags;
        void *restorer;
        uint64_t mask;
    } action;
    SETUP(raw_call(SYS_rt_sigaction, SIGUSR1, NULL, &action, 8) == 0);
    action.handler = handler;
    action.flags &= ~(unsigned long)SA_SIGINFO;
    SETUP(raw_call(SYS_rt_sigaction, SIGUSR1, &action, NULL, 8) == 0);
}

static bool woken_raw(void) {
    struct pollfd entry = {.fd = wake.out, .events = POLLIN};
    struct timespec zero = {0, 0};
    return raw_call(SYS_ppoll, &entry, 1, &zero, NULL, 8) == 1;
}

static int child(void *none) {
    (void)none;
    if (is("after_fork")) {
        handle(SIGUSR1, own_wake_up, SA_RESTART);
    } else if (is("reinstalled")) {
        handle(SIGUSR1, wake_up, SA_RESTART);
    } else if (is("signal_call")) {
        SETUP(signal(SIGUSR1, wake_up) != SIG_ERR);
    } else if (is("raw_install")) {
        install_raw(own_wake_up);
    } else if (is("default_between")) {
        SETUP(signal(SIGUSR1, SIG_DFL) != SIG_ERR && signal(SIGUSR1, own_wake_up) == SIG_DFL);
    } else if (is("nested_own")) {
        handle(SIGUSR2, own_wake_up, 0); /* raised by the inherited handler of SIGUSR1 */
    } else if (is("read_end_closed")) {
        SETUP(close(wake.out) == 0);
    } else if (is("other_read_end")) {
        SETUP(dup2(side.out, wake.out) == wake.out);
    } else if (is("other_write_end")) {
        SETUP(dup2(side.in, wake.in) == wake.in && close(side.out) == 0);
    } else if (is("reused")) {
        SETUP(close(wake.out) == 0 && close(wake.in) == 0 && close(side.out) == 0);
        SETUP(dup(side.in) != -1 && dup2(side.in, wake.in) == wake.in);
    } else if (is("stderr_captured")) {
        SETUP(dup2(wake.in, 2) == 2 && close(wake.in) == 0);
    }

    if (is("normal") || is("counter")) {
        SETUP(raise(SIGUSR1) == 0);
        for (int round = 0; round < 3; round++)
            SETUP(put_one(&wake) == WHOLE(&wake));
    } else if (is("longjmp") || is("longjmp_altstack") || is("builtin_altstack")) {
        raise_and_be_jumped_to();
        SETUP(put_one(&wake) == 1);
    } else if (is("born_in_copy")) {
        SETUP(raise(SIGUSR1) == 0); /* we are a copy, and our handler makes another */
        await(born.line);
        int code = woken_raw() ? 0 : 40;
        tell(born.line);
        ended(&born);
        tell(up);
        await(up);
        return code;
    } else if (is("jumped") || is("swapped") || is("swapped_altstack")) {
        if (is("swapped") || is("swapped_altstack")) {
            volatile bool back = false;
            getcontext(&before);
            if (!back) {
                back = true;
                SETUP(raise(SIGUSR1) == 0);
            }
        } else if (sigsetjmp(out_of_it, 1) == 0) {
            SETUP(raise(SIGUSR1) == 0);
        }
        SETUP(put_one(&wake) == 1);
    } else if (is("jumped_before")) {
        SETUP(put_one(&wake) == 1);
    } else if (strncmp(way, "stale", 5) == 0) {
        raise_deep_down(); /* where it jumps, the signal stays blocked */
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGUSR1);
        if (is("stale_blocked"))
            SETUP(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0);
        put_over_old_frames();
    } else if (is("other_thread")) {
        pthread_t thread;
        SETUP(socketpair(AF_UNIX, SOCK_STREAM, 0, line) == 0 && pthread_create(&thread, NULL, raise_main, NULL) == 0);
        await(line[1]);
        SETUP(put_one(&wake) == 1);
        tell(line[1]);
        SETUP(pthread_join(thread, NULL) == 0);
    } else if (is("vfork_left")) {
        raise_in_vfork_child();
        put_over_old_frames();
    } else if (is("vfork")) {
        pid_t pid = vfork();
        if (pid == 0) {
            raise(SIGUSR1);
            _exit(0);
        }
        SETUP(waitpid(pid, NULL, 0) == pid);
        handle(SIGUSR1, silent, 0);
    } else {
        SETUP(raise(SIGUSR1) == 0);
    }
    tell(up);
    await(up);
    return 0;
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    way = argv[1];
    wake = wakeup_of(is("unwatched") ? "pipe.unwatched.blocking" : is("one_nonblocking") ? "pipe.unwatched" : is("counter") ? "event" : "pipe");
    side = wakeup_of(is("lock_pipe") ? "pipe.unwatched.blocking" : "pipe");
    void (*handler)(int) = wake_up;
    if (is("one_nonblocking"))
        SETUP(fcntl(wake.out, F_SETFL, 0) == 0);
    if (is("lock_pipe")) {
        SETUP(raw_write(side.in, "t", 1) == 1);
        handler = with_lock;
    } else if (is("normal") || is("counter")) {
        handler = silent;
    } else if (is("jumped") || is("jumped_before")) {
        handler = jump;
    } else if (is("stale_jumped")) {
        handler = jump;
    } else if (is("vfork_left")) {
        handler = leave_process;
    } else if (is("stale_nodefer") || is("stale_blocked")) {
        handler = silent;
    } else if (is("longjmp") || is("longjmp_altstack")) {
        handler = jump_plainly;
    } else if (is("builtin_altstack")) {
        handler = jump_by_compiler;
    } else if (is("swapped") || is("swapped_altstack")) {
        handler = swap;
    } else if (is("other_thread")) {
        handler = stay;
    } else if (is("log") || is("stderr_captured")) {
        handler = to_log;
    } else if (is("nested_own")) {
        handler = raising;
    } else if (is("born_in_handler") || is("born_in_copy")) {
        handler = bear;
    }
    bool on_altstack = strstr(way, "altstack") != NULL;
    static char altstack[1 << 16];
    if (on_altstack)
        SETUP(sigaltstack(&(stack_t){.ss_sp = altstack, .ss_size = sizeof altstack}, NULL) == 0);
    handle(SIGUSR1, handler, SA_RESTART | (is("stale_nodefer") || is("vfork_left") ? SA_NODEFER : 0) | (on_altstack ? SA_ONSTACK : 0));
    handle(SIGUSR2, wake_up, SA_RESTART);
    if (is("jumped_before") && sigsetjmp(out_of_it, 1) == 0)
        SETUP(raise(SIGUSR1) == 0);
    struct kid kid;
    if (is("born_in_handler")) {
        SETUP(raise(SIGUSR1) == 0);
        kid = born;
    } else {
        kid = start(CHILD_BY, child, NULL);
    }
    await(kid.line);
    say("woken %d", is("unwatched") || is("one_nonblocking") ? 1 : woken(&wake));
    say(" %d", taken(&wake));
    say(", beside %d\n", taken(&side));
    tell(kid.line);
    say("code %d\n", code_from(&kid));
    return 0;
}

#endif
