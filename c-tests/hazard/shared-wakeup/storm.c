/* A whole process group is sent a signal all the time, before, while and after it forks. Each process counts its signals and what
 * its own handler wrote: in every one the two are the same, however early in its life a signal came.
 *
 * ways: fork SYS_clone thread
 * bare: exit 12
 * guarded handler-in-child=off: exit 0; shared-wakeup repaired x20, inherited-poller repaired x20
 */
#include "wakeup.h"

enum { CHILDREN = 20, ENOUGH = 5 };
static volatile pid_t whose;
static _Atomic int own; /* two threads of a process may handle one at the same time */

/* Counts for the process that runs it. */
static void wake_and_count(int number) {
    int error = errno;
    (void)number;
    if (whose != raw_getpid()) {
        whose = raw_getpid();
        own = 0;
    }
    own++;
    if (put_one(&wake) != 1)
        put_badly++;
    errno = error;
}

static void block(int how) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    SETUP(pthread_sigmask(how, &set, NULL) == 0);
}

/* Bare it is the child or the parent that has the other's. */
static void compare(int heard) { CHECK(12, whose == raw_getpid() && heard == own); }

static int child(void *none) {
    (void)none;
    while (whose != raw_getpid() || own < ENOUGH)
        sched_yield();
    block(SIG_BLOCK);
    CHECK(20, put_badly == 0);
    compare(taken(&wake));
    CHECK(21, woken(&wake) == 0);
    return 0;
}

static pid_t send_all_the_time(void) {
    pid_t parent = raw_getpid(), pid = asm_fork();
    struct timespec rest = {0, 50000};
    SETUP(pid != -1);
    if (pid != 0)
        return pid;
    raw_call(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
        if (raw_call(SYS_kill, -parent, SIGUSR1) == -1)
            quit(0);
        raw_call(SYS_nanosleep, &rest, NULL);
    }
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    SETUP(setpgid(0, 0) == 0 || getpgrp() == getpid());
    wake = wakeup_of("pipe");
    block(SIG_BLOCK); /* in the sender for good */
    pid_t sender = send_all_the_time();
    whose = raw_getpid();
    handle(SIGUSR1, wake_and_count, SA_RESTART);
    block(SIG_UNBLOCK);
    int heard = 0;
    for (int count = 0; count < CHILDREN; count++) {
        struct kid kid = start(way, child, NULL);
        heard += taken(&wake);
        ended(&kid);
    }
    block(SIG_BLOCK);
    SETUP(kill(sender, SIGKILL) == 0 && waitpid(sender, NULL, 0) == sender);
    heard += taken(&wake);
    compare(heard);
    CHECK(13, put_badly == 0);
    return 0;
}
