/* One call of every hooked function, right answers expected; and a loop whose forked child adds to it. For places
 * where programs rarely are: before main, before our constructor, after our exit function. */
#ifndef EVERY_HOOK_H
#define EVERY_HOOK_H

#include "check.h"
#include "poller.h"
#include <spawn.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

extern pid_t _Fork(void);
extern int fcntl64(int, int, ...);

static int nothing_to_do(void *none) {
    (void)none;
    return 3;
}

static MAYBE_UNUSED void gone(pid_t pid, int expected) {
    int status;
    if (pid == 0)
        quit(expected);
    CHECK(41, pid > 0 && waitpid(pid, &status, 0) == pid && code_of(status) == expected);
}

static MAYBE_UNUSED void call_every_hook(void) {
    static char stack[1 << 16] __attribute__((aligned(64)));
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = 9};
    struct timespec none_left = {0, 0};
    struct timeval zero = {0, 0};
    char *arguments[] = {"true", NULL}, *environment[] = {"PATH=/bin:/usr/bin", NULL};
    pid_t pid;
    int ends[2], status;
    SETUP(pipe(ends) == 0);
    int one = epoll_create(1), two = epoll_create1(0), three = (int)syscall(SYS_epoll_create1, 0);
    CHECK(42, one != -1 && two != -1 && three != -1);
    CHECK(43, epoll_ctl(one, EPOLL_CTL_ADD, ends[0], &event) == 0 && epoll_ctl(two, EPOLL_CTL_ADD, one, &event) == 0);
    CHECK(44, syscall(SYS_epoll_ctl, three, EPOLL_CTL_ADD, ends[0], &event) == 0);
    CHECK(45, epoll_wait(one, &event, 1, 0) == 0 && epoll_pwait(two, &event, 1, 0, NULL) == 0);
    CHECK(46, epoll_pwait2(three, &event, 1, &none_left, NULL) == 0);
    struct pollfd list = {ends[0], POLLIN, 0};
    fd_set set;
    FD_ZERO(&set);
    FD_SET(ends[0], &set);
    CHECK(47, poll(&list, 1, 0) == 0 && ppoll(&list, 1, &none_left, NULL) == 0);
    CHECK(48, select(ends[0] + 1, &set, NULL, NULL, &zero) == 0 && pselect(0, NULL, NULL, NULL, &none_left, NULL) == 0);
    int copy = dup(ends[0]);
    CHECK(49, copy != -1 && dup2(ends[0], copy) == copy && dup3(ends[0], copy, 0) == copy);
    CHECK(50, fcntl(copy, F_GETFD) == 0 && fcntl64(copy, F_GETFD) == 0 && fcntl(copy, F_DUPFD, 90) == 90);
    CHECK(51, close(90) == 0 && close_range((unsigned)copy, (unsigned)copy, 0) == 0 && syscall(SYS_close, three) == 0);
    closefrom(1000);
    FILE *stream = fdopen(ends[0], "r");
    CHECK(52, stream != NULL && fclose(stream) == 0 && close(ends[1]) == 0 && close(one) == 0 && close(two) == 0);
    struct itimerspec off = {{0, 0}, {0, 0}};
    sigset_t empty;
    sigemptyset(&empty);
    one = timerfd_create(CLOCK_MONOTONIC, 0), two = signalfd(-1, &empty, 0), three = inotify_init1(0);
    CHECK(59, timerfd_settime(one, 0, &off, NULL) == 0 && signalfd(two, &empty, 0) == two);
    CHECK(40, inotify_rm_watch(three, inotify_add_watch(three, "/", IN_CREATE)) == 0);
    CHECK(39, close(one) == 0 && close(two) == 0 && close(three) == 0 && close(inotify_init()) == 0);
    gone(fork(), 4);
    gone(_Fork(), 5);
    gone((pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0), 6);
    gone(clone(nothing_to_do, stack + sizeof stack, SIGCHLD, NULL), 3);
    pid = vfork();
    if (pid == 0)
        _exit(7);
    gone(pid, 7);
    CHECK(53, posix_spawn(&pid, "/bin/true", NULL, NULL, arguments, environment) == 0 && waitpid(pid, &status, 0) == pid && status == 0);
    CHECK(54, posix_spawnp(&pid, "true", NULL, NULL, arguments, environment) == 0 && waitpid(pid, &status, 0) == pid && status == 0);
    CHECK(55, code_of(system("exit 8")) == 8);
    stream = popen("exit 9", "r");
    CHECK(56, stream != NULL && code_of(pclose(stream)) == 9);
}

/* Does a forked child's addition wake us? The pipe is made before the fork, so that it stays in a shared loop. */
static MAYBE_UNUSED bool child_wakes(int poller) {
    struct line_pipe own = new_pipe();
    pid_t pid = fork();
    if (pid == 0) {
        CHECK(57, add(poller, own.out, EPOLLIN, 30) == 0);
        fill(own);
        CHECK(58, ready(poller) & BIT(30));
        quit(0);
    }
    gone(pid, 0);
    bool woken = ready(poller) & BIT(30);
    raw_close(own.out);
    raw_close(own.in);
    return woken;
}

#endif
