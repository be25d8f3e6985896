/* SIGCHLD has been handled, and the program has not idled since: what reentrant-sigchld=repair holds back is held back. */
#ifndef HELD_BACK_H
#define HELD_BACK_H

#include "fork_ways.h"

static volatile sig_atomic_t held_runs;
static void count_run(int number) {
    held_runs += number == SIGCHLD;
}

static MAYBE_UNUSED void hold_back(void (*handler)(int), int flags) {
    SETUP(sigaction(SIGCHLD, &(struct sigaction){.sa_handler = handler, .sa_flags = flags}, NULL) == 0);
    siginfo_t info;
    pid_t child = fork(); /* also: from here on handlers are looked at */
    if (child == 0)
        quit(0);
    SETUP(child > 0);
    while (raw_call(SYS_waitid, P_PID, child, &info, WEXITED | WNOWAIT, NULL) != 0)
        SETUP(errno == EINTR);
    while (held_runs == 0)
        raw_call(SYS_sched_yield);
    SETUP(raw_call(SYS_wait4, child, NULL, WNOHANG, NULL) == child);
}

/* What the kernel has for this thread. */
static MAYBE_UNUSED unsigned long long kernel_mask(void) {
    uint64_t now = 0;
    SETUP(raw_call(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &now, 8) == 0);
    return now;
}

#endif
