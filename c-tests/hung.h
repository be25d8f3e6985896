/* Children that wait for what nobody brings, without waiting for their alarm, which would be somebody: a timer. A
 * process whose one thread is inside a wait without a time limit (proc(5), syscall), look after look, is ended
 * as an alarm would end it. */
#ifndef HUNG_H
#define HUNG_H

#include "fork_ways.h"
#include <linux/futex.h>

/* Is the process inside a call that ends only if somebody ends it? */
static bool waits_without_limit(pid_t pid) {
    char path[64], text[256] = "";
    unsigned long a, b, c, d;
    long call;
    snprintf(path, sizeof path, "/proc/%d/syscall", (int)pid);
    int fd = (int)raw_call(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
    if (fd == -1)
        return false;
    raw_read(fd, text, sizeof text - 1);
    raw_close(fd);
    if (sscanf(text, "%ld %lx %lx %lx %lx", &call, &a, &b, &c, &d) != 5)
        return false;
    switch (call) {
#ifdef SYS_epoll_wait
    case SYS_epoll_wait:
#endif
    case SYS_epoll_pwait:
        return (int)d < 0;
    case SYS_epoll_pwait2:
        return d == 0;
    case SYS_futex:
        return d == 0 && ((b & FUTEX_CMD_MASK & 0xff) == FUTEX_WAIT || (b & FUTEX_CMD_MASK & 0xff) == FUTEX_WAIT_BITSET);
    default:
        return false;
    }
}

/* The code the child ended with, 142 if it was found waiting for ever. */
static MAYBE_UNUSED int code_or_lost(struct kid *kid) {
    enum { ENOUGH = 3, LOOK_EVERY_MS = 5 };
    siginfo_t info;
    for (int looks = 0; looks < ENOUGH;) {
        info.si_pid = 0;
        SETUP(raw_call(SYS_waitid, P_PID, kid->pid, &info, WEXITED | WNOHANG | WNOWAIT, NULL) == 0);
        if (info.si_pid == kid->pid)
            return code_from(kid);
        looks = waits_without_limit(kid->pid) ? looks + 1 : 0;
        struct timespec rest = {0, LOOK_EVERY_MS * 1000000L};
        raw_call(SYS_ppoll, NULL, 0, &rest, NULL, 0);
    }
    kill(kid->pid, SIGALRM);
    return code_from(kid);
}

/* A process without timers and handlers: what check.h armed is put down, and what a way to fork left. From then on
 * code_or_lost() alone ends it: PR_SET_PDEATHSIG would as soon as the thread that forked has ended (prctl(2)). */
static MAYBE_UNUSED void be_quiet(void) {
    alarm(0);
    signal(SIGUSR2, SIG_DFL);
}

/* Runs this program anew with two arguments, in a process that has no history. */
struct anew {
    char *program, *role;
};

static int anew_entry(void *arg) {
    struct anew *anew = arg;
    char *arguments[] = {anew->program, (char *)"--role", anew->role, NULL};
    execv("/proc/self/exe", arguments);
    return 99;
}

static MAYBE_UNUSED struct kid start_anew(const char *role) {
    struct anew anew = {(char *)"anew", (char *)role};
    return start(PLAIN_FORK, anew_entry, &anew);
}

/* The role that this process was started for, NULL for none. */
static MAYBE_UNUSED const char *own_role(int argc, char **argv) {
    return argc == 3 && strcmp(argv[1], "--role") == 0 ? argv[2] : NULL;
}

#endif
