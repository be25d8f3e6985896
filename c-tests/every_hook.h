/* One call of every hooked function, right answers expected; and a loop whose forked child adds to it. For places
 * where programs rarely are: before main, before our constructor, after our exit function. */
#ifndef EVERY_HOOK_H
#define EVERY_HOOK_H

#include "check.h"
#include "poller.h"
#include <spawn.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/uio.h>

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

static volatile sig_atomic_t handled;
static void handle(int signal) {
    handled = signal;
}

/* Those that make pairs, carry bytes, and send or wait for signals. */
static MAYBE_UNUSED void call_signal_hooks(void) {
    int ends[2], event;
    char byte = 'a', back = 0;
    struct iovec one = {&byte, 1}, other = {&back, 1};
    CHECK(20, pipe2(ends, O_CLOEXEC) == 0 && write(ends[1], &byte, 1) == 1 && read(ends[0], &back, 1) == 1 && back == 'a');
    CHECK(21, writev(ends[1], &one, 1) == 1 && readv(ends[0], &other, 1) == 1 && close(ends[0]) == 0 && close(ends[1]) == 0);
    CHECK(22, socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0 && send(ends[0], "b", 1, 0) == 1 && recv(ends[1], &back, 1, 0) == 1);
    CHECK(23, back == 'b' && sendto(ends[1], "c", 1, 0, NULL, 0) == 1 && recvfrom(ends[0], &back, 1, 0, NULL, NULL) == 1);
    struct msghdr message = {.msg_iov = &other, .msg_iovlen = 1};
    CHECK(24, back == 'c' && write(ends[0], "d", 1) == 1 && recvmsg(ends[1], &message, 0) == 1 && back == 'd');
    CHECK(25, close(ends[0]) == 0 && close(ends[1]) == 0 && accept(-1, NULL, NULL) == -1 && errno == EBADF);
    eventfd_t count = 0;
    CHECK(26, (event = eventfd(0, 0)) != -1 && eventfd_write(event, 7) == 0 && eventfd_read(event, &count) == 0 && count == 7);
    close(event);
    struct sigaction action = {.sa_handler = handle}, before, now;
    CHECK(27, sigaction(SIGUSR1, &action, &before) == 0 && sigaction(SIGUSR1, NULL, &now) == 0 && now.sa_handler == handle);
    sigset_t set, old, waiting;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    CHECK(28, sigprocmask(SIG_BLOCK, &set, &old) == 0 && raise(SIGUSR1) == 0 && sigpending(&waiting) == 0);
    CHECK(29, sigismember(&waiting, SIGUSR1) == 1 && handled == 0);
    sigset_t open = old;
    sigdelset(&open, SIGUSR1);
    CHECK(30, sigsuspend(&open) == -1 && errno == EINTR && handled == SIGUSR1);
    struct timespec none = {0, 0};
    CHECK(31, raise(SIGUSR1) == 0 && sigtimedwait(&set, NULL, &none) == SIGUSR1 && sigtimedwait(&set, NULL, &none) == -1);
    CHECK(32, pthread_sigmask(SIG_SETMASK, &old, NULL) == 0 && sigaction(SIGUSR1, &before, NULL) == 0);
    CHECK(33, signal(SIGUSR1, SIG_IGN) == before.sa_handler && signal(SIGUSR1, before.sa_handler) == SIG_IGN);
    CHECK(34, clock_nanosleep(CLOCK_MONOTONIC, 0, &none, NULL) == 0);
    CHECK(35, waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
    handled = 0;
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
    call_signal_hooks();
    void *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(38, page != MAP_FAILED && munmap(page, 4096) == 0 && prctl(PR_GET_DUMPABLE) >= 0);
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
