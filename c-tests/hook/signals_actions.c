/* What was set comes back: handler, flags, mask, restorer, from every call that sets an action and every one that tells
 * it, wrong arguments included; and each signal runs the handler that was set last.
 *
 * ways: fresh forked child grown thread vfork
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded mode=observe: exit 0; nothing
 * bare differs: no
 */
#include "actions_shown.h"

typedef void handler(int);
extern handler *bsd_signal_(int, handler *) __asm__("bsd_signal") __attribute__((weak));
extern handler *ssignal_(int, handler *) __asm__("ssignal") __attribute__((weak));
extern handler *sysv_signal_(int, handler *) __asm__("sysv_signal") __attribute__((weak));
extern handler *__sysv_signal(int, handler *) __attribute__((weak));
extern int __sigaction(int, const struct sigaction *, struct sigaction *) __attribute__((weak));

static const int FLAGS[] = {
    0, SA_RESTART, SA_NODEFER, (int)SA_RESETHAND, SA_ONSTACK, SA_NOCLDSTOP, SA_NOCLDWAIT, SA_SIGINFO,
    SA_SIGINFO | SA_RESTART | SA_NODEFER, (int)0xdeadbe00 & ~SA_SIGINFO, -1,
};

static void set(int number, handler *handler, int flags, uint64_t mask) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags}, old;
    memset(&old, 0x5a, sizeof old);
    sigemptyset(&action.sa_mask);
    for (int member = 1; member <= 64; member++) {
        if (mask >> (member - 1) & 1)
            sigaddset(&action.sa_mask, member);
    }
    errno = ODD;
    int result = sigaction(number, &action, &old);
    int error = errno;
    if (result == 0)
        say("sigaction(%d, %s, %x, %llx) = 0, errno %d, was %s %x %llx\n", number, name_of(handler), (unsigned int)flags, (unsigned long long)mask, error,
            name_of(old.sa_handler), (unsigned int)old.sa_flags, (unsigned long long)bits(&old.sa_mask));
    else
        say("sigaction(%d, %s, %x) = %d, errno %d\n", number, name_of(handler), (unsigned int)flags, result, error);
    show_action("then", number);
}

/* The functions that give the action before. */
#define WAS(call) \
    do { \
        errno = ODD; \
        handler *was_ = (call); \
        int error_ = errno; \
        say("%s: %s, errno %d\n", #call, name_of(was_), error_); \
    } while (0)

static void run(int number) {
    ran[0] = ran[1] = ran[2] = 0;
    int result = raise(number);
    say("  raise(%d) = %d: ran %d %d %d\n", number, result, (int)ran[0], (int)ran[1], (int)ran[2]);
}

static int calls(void *none) {
    (void)none;
    show_actions("at first");
    for (size_t place = 0; place < sizeof FLAGS / sizeof *FLAGS; place++) {
        bool informed = FLAGS[place] & SA_SIGINFO;
        set(SIGUSR1, informed ? (handler *)(void *)with_info : first, FLAGS[place], place % 2 ? ~UINT64_C(0) : UINT64_C(1) << place);
        run(SIGUSR1);
        show_action("after it ran", SIGUSR1);
    }
    set(SIGUSR1, second, SA_RESTART, 0);
    set(SIGUSR1, SIG_IGN, SA_RESTART, 5);
    run(SIGUSR1);
    set(SIGUSR1, SIG_DFL, SA_NODEFER, 6);
    for (int number = -1; number <= 66; number++)
        set(number, number % 2 ? first : second, SA_RESTART, 0);
    for (int number = 34; number <= 64; number += 10)
        run(number);
    run(SIGUSR2);
    show_status("all caught");
    for (int number = 1; number <= 64; number++)
        set(number, SIG_DFL, 0, 0);

    static const int SOME[] = {-1, 0, SIGHUP, SIGKILL, SIGSTOP, SIGCHLD, 31, 32, 33, 34, 64, 65};
    for (size_t place = 0; place < sizeof SOME / sizeof *SOME; place++) {
        WAS(signal(SOME[place], first));
        WAS(signal(SOME[place], second));
    }
    WAS(signal(SIGUSR1, second));
    WAS(signal(SIGUSR1, SIG_ERR));
    show_action("signal", SIGUSR1);
    run(SIGUSR1);
    T(siginterrupt(SIGUSR1, 1));
    show_action("siginterrupt", SIGUSR1);
    WAS(signal(SIGUSR1, second));
    show_action("signal", SIGUSR1);
    run(SIGUSR1);
    T(siginterrupt(SIGUSR1, 0));
    show_action("siginterrupt", SIGUSR1);
    T(siginterrupt(0, 1));
    T(siginterrupt(SIGKILL, 1));
    T(siginterrupt(77, 0));
    WAS(bsd_signal_ ? bsd_signal_(SIGUSR1, first) : signal(SIGUSR1, first));
    show_action("bsd_signal", SIGUSR1);
    WAS(ssignal_(SIGUSR1, second));
    show_action("ssignal", SIGUSR1);
    WAS(sysv_signal_(SIGUSR1, first));
    show_action("sysv_signal", SIGUSR1);
    run(SIGUSR1);
    show_action("after it ran", SIGUSR1);
    WAS(__sysv_signal ? __sysv_signal(SIGUSR1, second) : SIG_ERR);
    show_action("__sysv_signal", SIGUSR1);
    WAS(sysv_signal_(SIGKILL, first));
    WAS(sysv_signal_(0, first));
    WAS(sysv_signal_(SIGUSR1, SIG_ERR));

    WAS(sigset(SIGUSR2, first));
    show_action("sigset", SIGUSR2);
    run(SIGUSR2);
    WAS(sigset(SIGUSR2, SIG_HOLD));
    show_status("held");
    WAS(sigset(SIGUSR2, second));
    show_action("sigset", SIGUSR2);
    run(SIGUSR2);
    T(sighold(SIGUSR2));
    WAS(sigset(SIGUSR2, first));
    WAS(sigset(SIGKILL, first));
    WAS(sigset(0, first));
    WAS(sigset(SIGUSR2, SIG_ERR));
    WAS(sigset(66, SIG_HOLD));
    T(sigignore(SIGUSR2));
    show_action("sigignore", SIGUSR2);
    run(SIGUSR2);
    T(sigignore(SIGSTOP));
    T(sigignore(-3));

    struct kernel_action action, old;
    memset(&action, 0, sizeof action);
    T(syscall(SYS_rt_sigaction, SIGUSR1, NULL, &action, 8));
    action.handler = first;
    action.mask = 0x500;
    T(syscall(SYS_rt_sigaction, SIGUSR1, &action, &old, 8));
    say("  was %s %lx %llx\n", name_of(old.handler), old.flags, (unsigned long long)old.mask);
    show_action("syscall", SIGUSR1);
    run(SIGUSR1);
    action.handler = second;
    T(raw_call(SYS_rt_sigaction, SIGUSR1, &action, NULL, 8)); /* behind every hook */
    show_action("by instruction", SIGUSR1);
    run(SIGUSR1);
    T(syscall(SYS_rt_sigaction, SIGUSR1, &action, &action, 8));
    say("  was %s\n", name_of(action.handler));
    T(syscall(SYS_rt_sigaction, SIGUSR1, NULL, NULL, 8));
    T(syscall(SYS_rt_sigaction, SIGUSR1, &action, &old, 16));
    T(syscall(SYS_rt_sigaction, SIGUSR1, NOWHERE, &old, 8));
    T(syscall(SYS_rt_sigaction, SIGUSR1, &action, NOWHERE, 8));
    T(syscall(SYS_rt_sigaction, SIGKILL, &action, &old, 8));
    T(syscall(SYS_rt_sigaction, SIGKILL, NULL, &old, 8));
    T(syscall(SYS_rt_sigaction, 0, NULL, &old, 8));
    T(syscall(SYS_rt_sigaction, 65, &action, NULL, 8));
    show_action("after those", SIGUSR1);

    /* What is asked by instruction may be put back by a call. */
    set(SIGUSR1, first, SA_RESTART, 0);
    T(raw_call(SYS_rt_sigaction, SIGUSR1, NULL, &action, 8));
    WAS(signal(SIGUSR1, second));
    T(syscall(SYS_rt_sigaction, SIGUSR1, &action, NULL, 8));
    show_action("put back", SIGUSR1);
    run(SIGUSR1);
    WAS(signal(SIGUSR1, SIG_DFL));

    struct sigaction both = {.sa_handler = first, .sa_flags = SA_NODEFER}, *volatile also = &both;
    T(sigaction(SIGUSR1, &both, also)); /* one place for both */
    say("  was %s %x\n", name_of(both.sa_handler), (unsigned int)both.sa_flags);
    T(sigaction(SIGUSR1, NULL, NULL));
    T(__sigaction ? __sigaction(SIGUSR1, &both, also) : 0);
    say("  was %s %x\n", name_of(both.sa_handler), (unsigned int)both.sa_flags);
    T(system("true"));
    show_actions("at last");
    show_status("at last");
    for (int number = 1; number <= 64; number++)
        set(number, SIG_DFL, 0, 0);
    return 0;
}

int main(int argc, char **argv) { return in_every_way(argc, argv, calls); }
