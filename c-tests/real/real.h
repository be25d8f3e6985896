/* What the C programs of this folder share: the ways they may end, and pipes to put
 * parent and child in order. Nothing here knows forkproof; nothing here sleeps. */

#ifndef REAL_H
#define REAL_H

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    RIGHT = 0,
    DEAF = 12,       /* the parent's loop no longer hears what poll(2) says is ready */
    FOREIGN = 13,    /* the parent's callback was called for the child's file or signal */
    CHILD_DEAF = 14, /* the child's loop does not hear its own */
    HUNG = 15,       /* the alarm rang */
    BROKEN = 70      /* the test could not be set up: says nothing about either side */
};

static inline void end(int code, const char *what)
{
    dprintf(2, "pid %d: %s\n", (int)getpid(), what);
    _exit(code);
}

static inline void rang(int signal)
{
    static const char text[] = "hung: the alarm rang\n";
    (void)signal;
    if (write(2, text, sizeof text - 1) < 0) {
        _exit(BROKEN);
    }
    _exit(HUNG);
}

/* A fork does not inherit alarms (fork(2)): each side arms its own. */
static inline void arm(void)
{
    signal(SIGALRM, rang);
    alarm(20);
}

static inline void need(int true_enough, const char *what)
{
    if (!true_enough) {
        end(BROKEN, what);
    }
}

static inline void tell(int fd)
{
    need(write(fd, "x", 1) == 1, "cannot write to a pipe");
}

static inline void hear(int fd)
{
    char byte;
    ssize_t got;
    do {
        got = read(fd, &byte, 1);
    } while (got < 0 && errno == EINTR);
    need(got == 1, "the other side ended early");
}

/* Parent and child, one after the other: each has a pipe to the other. */
struct turns {
    int to_child[2], to_parent[2];
};

static inline struct turns open_turns(void)
{
    struct turns turns;
    need(pipe(turns.to_child) == 0 && pipe(turns.to_parent) == 0, "pipe failed");
    return turns;
}

/* The child goes from its await_turn() to its end_turn(). A signal sent before that has been delivered by then. */
static inline void childs_turn(const struct turns *turns)
{
    tell(turns->to_child[1]);
    hear(turns->to_parent[0]);
}

static inline void await_turn(const struct turns *turns)
{
    hear(turns->to_child[0]);
}

static inline void end_turn(const struct turns *turns)
{
    tell(turns->to_parent[1]);
}

/* Waits by poll(2), which goes by descriptor and so is right whatever happened to an epoll. */
static inline void until_ready(int fd)
{
    struct pollfd one = {.fd = fd, .events = POLLIN};
    int rc;
    do {
        rc = poll(&one, 1, -1);
    } while (rc < 0 && errno == EINTR);
    need(rc == 1 && (one.revents & POLLIN), "poll failed");
}

/* The child's exit code; a death by signal as shells write it. */
static inline int ended(pid_t pid)
{
    int status;
    need(waitpid(pid, &status, 0) == pid, "waitpid failed");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#endif
