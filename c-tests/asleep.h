/* Whether a thread of this process sleeps in the kernel, in one of the calls named (proc(5), syscall). Not a
 * guess at a time: the kernel says so. */
#ifndef ASLEEP_H
#define ASLEEP_H

#include "check.h"

static MAYBE_UNUSED bool is_asleep(pid_t thread, const long *calls, size_t count) {
    char path[64], text[32] = "";
    snprintf(path, sizeof path, "/proc/self/task/%d/syscall", (int)thread);
    int fd = (int)raw_call(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
    SETUP(fd != -1);
    raw_read(fd, text, sizeof text - 1);
    raw_close(fd);
    char *end;
    long call = strtol(text, &end, 10);
    for (size_t place = 0; place < count && end != text; place++) {
        if (call == calls[place])
            return true;
    }
    return false;
}

static MAYBE_UNUSED void await_sleep(pid_t thread, const long *calls, size_t count) {
    while (!is_asleep(thread, calls, count))
        sched_yield();
}

/* The calls that a wait for descriptors may be. */
static const long WAITS[] = {
    SYS_epoll_pwait, SYS_epoll_pwait2, SYS_ppoll, SYS_pselect6,
#ifdef SYS_epoll_wait
    SYS_epoll_wait, SYS_poll, SYS_select,
#endif
};
#define await_wait(thread) await_sleep(thread, WAITS, sizeof WAITS / sizeof *WAITS)

/* The calls that a wait for another thread may be: for a lock, or for a while before it is looked at again. */
static const long RESTS[] = {
    SYS_futex, SYS_nanosleep, SYS_clock_nanosleep, SYS_ppoll, SYS_pselect6,
#ifdef SYS_poll
    SYS_poll, SYS_select,
#endif
};
#define rests(thread) is_asleep(thread, RESTS, sizeof RESTS / sizeof *RESTS)

#endif
