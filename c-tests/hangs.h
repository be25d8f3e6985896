/* Children that hang, without waiting for their alarm. A process whose every thread is inside a futex wait without a
 * timeout (proc(5), syscall; futex(2)), look after look, and which shares no such lock with another process, is woken
 * by nobody. It is ended as its alarm would end it; whatever hangs otherwise has its alarm still. */
#ifndef HANGS_H
#define HANGS_H

#include "fork_ways.h"
#include <dirent.h>
#include <linux/futex.h>

enum { LOOKS = 10, LOOK_EVERY_MS = 10 };

static bool thread_waits_for_ever(pid_t pid, const char *thread) {
    char path[300], text[256] = "";
    unsigned long address, operation, value, timeout;
    long call;
    snprintf(path, sizeof path, "/proc/%d/task/%s/syscall", (int)pid, thread);
    int fd = (int)raw_call(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
    if (fd == -1)
        return false;
    raw_read(fd, text, sizeof text - 1);
    raw_close(fd);
    if (sscanf(text, "%ld %lx %lx %lx %lx", &call, &address, &operation, &value, &timeout) != 5 || call != SYS_futex || timeout != 0)
        return false;
    operation &= (unsigned long)FUTEX_CMD_MASK & 0xff;
    return operation == FUTEX_WAIT || operation == FUTEX_WAIT_BITSET;
}

static bool waits_for_ever(pid_t pid) {
    char path[64];
    bool all = true;
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *threads = opendir(path);
    if (threads == NULL)
        return false;
    for (struct dirent *entry; all && (entry = readdir(threads)) != NULL;)
        all = entry->d_name[0] == '.' || thread_waits_for_ever(pid, entry->d_name);
    closedir(threads);
    return all;
}

/* As code_from: the code the child ended with, 142 if it hung. */
static MAYBE_UNUSED int code_or_hang(struct kid *kid) {
    siginfo_t info;
    for (int looks = 0; looks < LOOKS;) {
        info.si_pid = 0;
        SETUP(raw_call(SYS_waitid, P_PID, kid->pid, &info, WEXITED | WNOHANG | WNOWAIT, NULL) == 0);
        if (info.si_pid == kid->pid)
            return code_from(kid);
        looks = waits_for_ever(kid->pid) ? looks + 1 : 0;
        struct timespec rest = {0, LOOK_EVERY_MS * 1000000L};
        raw_call(SYS_ppoll, NULL, 0, &rest, NULL, 0);
    }
    kill(kid->pid, SIGALRM);
    return code_from(kid);
}

/* As ended(). */
static MAYBE_UNUSED void ended_or_hung(struct kid *kid) {
    int code = code_or_hang(kid);
    if (code != 0) {
        line_to(2, "pid %d: child %d ended with status %d\n", (int)raw_getpid(), (int)kid->pid, code);
        quit(code);
    }
}

/* Did the child hang? What else it ends with, but 0, is our end too. */
static MAYBE_UNUSED bool hung(struct kid *kid) {
    int code = code_or_hang(kid);
    if (code != 0 && code != 128 + SIGALRM)
        quit(code);
    return code != 0;
}

#endif
