/* Handlers of every make: they get what they should get, run on the stack they asked for, keep errno, may be left by
 * siglongjmp, be nested, be called by another handler, run in any thread; and the parent hears of none of their signals.
 *
 * ways: plain siginfo nodefer reset altstack siglongjmp nested chained errno thread queued
 * bare: exit 12
 * guarded: exit 0; shared-wakeup repaired x1, inherited-poller repaired x1
 */
#include "wakeup.h"
#include <setjmp.h>

enum { ODD = 4321 };

static const char *way;
static sigjmp_buf out_of_it;
static char *stack;
static volatile siginfo_t seen;
static volatile bool on_stack;
static volatile pthread_t handler_thread;
static const size_t STACK = 1 << 16;

static bool is(const char *name) { return strcmp(way, name) == 0; }

static void with_info(int number, siginfo_t *info, void *context) {
    char here;
    on_stack = stack != NULL && &here >= stack && &here < stack + STACK;
    handler_thread = pthread_self();
    if (context != NULL)
        *(siginfo_t *)&seen = *info;
    wake_up(number);
}

static void jumping(int number) {
    wake_up(number);
    siglongjmp(out_of_it, 1);
}

/* One signal inside another's handler; both write. */
static void nesting(int number) {
    SETUP(raise(SIGUSR2) == 0);
    wake_up(number);
}

static void chaining(int number) { with_info(number, NULL, NULL); }

static void failing(int number) {
    (void)number;
    handled++;
    errno = ODD;
    if (put_one(&wake) != 1 || errno != ODD)
        put_badly++;
}

static void install(void) {
    struct sigaction action = {.sa_flags = SA_RESTART, .sa_handler = wake_up};
    sigfillset(&action.sa_mask);
    if (is("siginfo") || is("altstack") || is("queued") || is("thread")) {
        action.sa_sigaction = with_info;
        action.sa_flags |= SA_SIGINFO | (is("altstack") ? SA_ONSTACK : 0);
    } else if (is("siglongjmp")) {
        action.sa_handler = jumping;
    } else if (is("nested")) {
        sigemptyset(&action.sa_mask);
        SETUP(sigaction(SIGUSR2, &action, NULL) == 0);
        action.sa_handler = nesting;
    } else if (is("chained")) {
        action.sa_handler = chaining;
    } else if (is("errno")) {
        action.sa_handler = failing;
    } else if (is("nodefer") || is("reset")) {
        action.sa_flags |= is("reset") ? (int)SA_RESETHAND : SA_NODEFER;
    }
    SETUP(sigaction(SIGUSR1, &action, NULL) == 0);
}

static int line[2];
static pthread_t taker;

/* The only thread that does not block the signal. */
static void *take_signals(void *none) {
    sigset_t set;
    sigemptyset(&set);
    SETUP(pthread_sigmask(SIG_SETMASK, &set, NULL) == 0);
    tell(line[0]);
    for (;;) {
        await(up);
        tell(up);
        await(up); /* the parent has looked */
        tell(line[0]);
    }
    return none;
}

static void block(int how) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    SETUP(pthread_sigmask(how, &set, NULL) == 0);
}

static void one_signal(int round) {
    if (is("siglongjmp")) {
        if (sigsetjmp(out_of_it, 1) == 0) {
            await(up); /* it waits now */
            block(SIG_UNBLOCK);
            CHECK(30, !"the handler jumps");
        }
        tell(up);
    } else if (is("thread")) {
        await(line[1]);
        CHECK(26, pthread_equal(handler_thread, taker));
    } else {
        await(up);
        tell(up);
    }
    CHECK(21, handled == round * (is("nested") ? 2 : 1) && put_badly == 0);
}

static int child(void *none) {
    (void)none;
    CHECK(20, woken(&wake) == 0);
    if (is("thread")) {
        sigset_t set;
        sigfillset(&set);
        SETUP(pthread_sigmask(SIG_SETMASK, &set, NULL) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, line) == 0);
        SETUP(pthread_create(&taker, NULL, take_signals, NULL) == 0);
        await(line[1]);
    }
    if (is("siglongjmp"))
        block(SIG_BLOCK);
    tell(up);
    int rounds = is("reset") ? 1 : 3;
    for (int round = 1; round <= rounds; round++) {
        one_signal(round);
        if (is("siginfo") || is("queued") || is("altstack"))
            CHECK(27, seen.si_pid == getppid() && seen.si_code == (is("queued") ? SI_QUEUE : SI_USER) && seen.si_signo == SIGUSR1);
        if (is("queued"))
            CHECK(28, seen.si_value.sival_int == 77);
        CHECK(29, on_stack == is("altstack"));
        if (!is("thread"))
            await(up);
        CHECK(22, woken(&wake) == 1);
        CHECK(23, taken(&wake) == (is("nested") ? 2 : 1));
        CHECK(24, woken(&wake) == 0);
        tell(up);
    }
    return 0;
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    way = argv[1];
    wake = wakeup_of("pipe.epoll.write");
    if (is("altstack")) {
        stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        SETUP(stack != MAP_FAILED && sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = STACK}, NULL) == 0);
    }
    install();
    struct kid kid = start(PLAIN_FORK, child, NULL);
    await(kid.line);
    for (int round = 0; round < (is("reset") ? 1 : 3); round++) {
        union sigval value = {.sival_int = 77};
        SETUP((is("queued") ? sigqueue(kid.pid, SIGUSR1, value) : kill(kid.pid, SIGUSR1)) == 0);
        tell(kid.line);
        await(kid.line);
        CHECK(12, woken(&wake) == 0);
        tell(kid.line);
        await(kid.line);
    }
    ended(&kid);
    CHECK(13, taken(&wake) == 0 && handled == 0);
    return 0;
}
