/* Every call that sets, tells or waits by a mask of signals, and what it leaves. */
#ifndef MASKS_SHOWN_H
#define MASKS_SHOWN_H

#include "actions_shown.h"

#define IN_MASK(number) (1 << ((number) - 1))

/* What the kernel has, past libc, is compared too. */
static bool kernel_too = true;

static void show(void) {
    sigset_t now, waiting;
    sigemptyset(&now);
    sigemptyset(&waiting);
    int results[] = {sigprocmask(SIG_BLOCK, NULL, &now), sigpending(&waiting)};
    uint64_t by_syscall = 0;
    long answer = syscall(SYS_rt_sigprocmask, SIG_SETMASK, NULL, &by_syscall, 8);
    say("  %d %d %ld: mask %llx, waiting %llx, ran %d %d %d\n", results[0], results[1], answer, (unsigned long long)bits(&now),
        (unsigned long long)bits(&waiting), (int)ran[0], (int)ran[1], (int)ran[2]);
    if (kernel_too)
        say("  kernel %llx, syscall %llx\n", (unsigned long long)kernel_mask(), (unsigned long long)by_syscall);
}

/* A call, and what it leaves. */
#define S(call) \
    do { \
        T(call); \
        show(); \
    } while (0)

typedef int change(int, const sigset_t *, sigset_t *);

static void all_of(const char *name, change *call) {
    static const int HOWS[] = {SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK, 3, -1, 77};
    say("%s\n", name);
    for (size_t place = 0; place < sizeof HOWS / sizeof *HOWS; place++) {
        sigset_t set, old;
        memset(&set, 0xff, sizeof set); /* libc's own two among them, and those that cannot be blocked */
        memset(&old, 0, sizeof old);
        errno = ODD;
        int result = call(HOWS[place], &set, &old);
        say(" %d: all = %d, errno %d, was %llx\n", HOWS[place], result, errno, (unsigned long long)bits(&old));
        show();
        sigemptyset(&set);
        sigaddset(&set, SIGUSR1);
        sigaddset(&set, SIGCHLD);
        errno = ODD;
        result = call(HOWS[place], &set, &set);
        say(" %d: usr1 = %d, errno %d, was %llx\n", HOWS[place], result, errno, (unsigned long long)bits(&set));
        show();
        errno = ODD;
        result = call(HOWS[place], NULL, &old);
        say(" %d: none = %d, errno %d, was %llx\n", HOWS[place], result, errno, (unsigned long long)bits(&old));
        sigemptyset(&set);
        SETUP(sigprocmask(SIG_SETMASK, &set, NULL) == 0);
    }
}

static int mask_calls(void *none) {
    (void)none;
    sigset_t set;
    struct sigaction action = {.sa_handler = first};
    uint64_t raw = 0;
    SETUP(sigaction(SIGUSR1, &action, NULL) == 0 && sigaction(SIGCHLD, &action, NULL) == 0);
    all_of("sigprocmask", sigprocmask);
    all_of("pthread_sigmask", pthread_sigmask);
    S(sighold(SIGUSR1));
    S(raise(SIGUSR1));
    S(sighold(SIGCHLD));
    S(raise(SIGCHLD));
    S(sigrelse(SIGUSR1));
    S(sigrelse(SIGCHLD));
    S(sighold(0));
    S(sighold(SIGKILL));
    S(sighold(32));
    S(sigrelse(99));
    S(sigblock(IN_MASK(SIGUSR1) | IN_MASK(SIGCHLD)));
    S(raise(SIGUSR1));
    S(sigsetmask(IN_MASK(SIGCHLD)));
    S(sigsetmask(0));
    SETUP(sighold(SIGUSR1) == 0 && raise(SIGUSR1) == 0);
    S(sigpause(SIGUSR1));
    SETUP(raise(SIGUSR1) == 0);
    sigfillset(&set);
    sigdelset(&set, SIGUSR1);
    S(sigsuspend(&set));
    raw = UINT64_C(1) << (SIGUSR1 - 1);
    S(syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &raw, NULL, 8));
    S(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &raw, &raw, 8));
    say("  was %llx\n", (unsigned long long)raw);
    S(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &raw, NULL, 4));
    S(syscall(SYS_rt_sigprocmask, SIG_BLOCK, NOWHERE, NULL, 8));
    S(syscall(SYS_rt_sigprocmask, 9, &raw, NULL, 8));
    SETUP(raise(SIGUSR1) == 0);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    struct timespec at_once = {0, 0};
    S(sigtimedwait(&set, NULL, &at_once));
    S(sigtimedwait(&set, NULL, &at_once));
    int number = 0;
    SETUP(raise(SIGUSR1) == 0);
    S(sigwait(&set, &number));
    SETUP(raise(SIGUSR1) == 0);
    struct pollfd nothing = {.fd = -1};
    sigemptyset(&set);
    T(ppoll(&nothing, 1, NULL, &set));
    show();
    SETUP(raise(SIGUSR1) == 0);
    T(pselect(0, NULL, NULL, NULL, NULL, &set));
    show();
    if (kernel_too)
        show_status("at last");
    SETUP(sigprocmask(SIG_SETMASK, &set, NULL) == 0 && signal(SIGUSR1, SIG_DFL) != SIG_ERR && signal(SIGCHLD, SIG_DFL) != SIG_ERR);
    return 0;
}

#endif
