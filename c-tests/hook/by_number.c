/* The same calls by number, through syscall(2): result, errno, and all six arguments where they belong. Numbers
 * that are routed, numbers that are not, and numbers that do not exist.
 *
 * ways: fresh forked child grown
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded mode=observe: exit 0; nothing
 * bare differs: no
 */
#include "transcript.h"
#include <linux/close_range.h>

/* In the upper halves of arguments that are 32 bits wide the kernel does not look. */
#define DIRTY(number) ((long)(number) | 0x7654321000000000)

static int run(void *none) {
    (void)none;
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = 7}, events[4];
    struct line_pipe pipe = new_pipe();
    struct timespec none_left = {0, 0};
    sigset_t all;
    sigfillset(&all);
    int poller, other;
    T(syscall(-1));
    T(syscall(1 << 20));
    T(syscall(511));
    T(syscall(512));
    T(syscall(SYS_epoll_create1, 0));
    T(poller = (int)syscall(SYS_epoll_create1, EPOLL_CLOEXEC));
    T(syscall(SYS_epoll_create1, 1));
#ifdef SYS_epoll_create
    T(syscall(SYS_epoll_create, 0));
    T(syscall(SYS_epoll_create, 5));
#endif
    T(syscall(SYS_epoll_ctl, poller, EPOLL_CTL_ADD, pipe.out, &event));
    T(syscall(SYS_epoll_ctl, poller, EPOLL_CTL_ADD, pipe.out, &event));
    T(syscall(SYS_epoll_ctl, DIRTY(poller), DIRTY(EPOLL_CTL_MOD), DIRTY(pipe.out), &event));
    T(syscall(SYS_epoll_ctl, poller, EPOLL_CTL_ADD, poller, &event));
    T(syscall(SYS_epoll_ctl, poller, EPOLL_CTL_ADD, pipe.in, NULL));
    T(syscall(SYS_epoll_ctl, poller, EPOLL_CTL_ADD, pipe.in, NOWHERE));
    T(syscall(SYS_epoll_ctl, poller, EPOLL_CTL_DEL, CLOSED, NULL));
    T(syscall(SYS_epoll_ctl, CLOSED, EPOLL_CTL_DEL, pipe.in, NULL));
    fill(pipe);
#ifdef SYS_epoll_wait
    T(syscall(SYS_epoll_wait, poller, events, 4, 0));
    T(syscall(SYS_epoll_wait, DIRTY(poller), events, DIRTY(4), DIRTY(-1)));
    T(syscall(SYS_epoll_wait, poller, events, 0, 0));
    T(syscall(SYS_epoll_wait, CLOSED, events, 4, 0));
    T(syscall(SYS_epoll_wait, poller, NOWHERE, 4, 0));
#endif
    T(syscall(SYS_epoll_pwait, poller, events, 4, -1, NULL, 0));
    T(syscall(SYS_epoll_pwait, poller, events, 4, -1, &all, 8));
    T(syscall(SYS_epoll_pwait, poller, events, 4, -1, &all, 16));
    T(syscall(SYS_epoll_pwait2, poller, events, 4, &none_left, &all, 8));
    T(syscall(SYS_epoll_pwait2, poller, events, 4, &none_left, &all, 9));
    T(events[0].data.u64);
    T(syscall(SYS_epoll_ctl, poller, EPOLL_CTL_DEL, pipe.out, NULL));
    T(syscall(SYS_epoll_pwait, poller, events, 4, 0, NULL, 0));
    /* Descriptors. */
    T(other = (int)syscall(SYS_dup, pipe.out));
    T(syscall(SYS_dup, CLOSED));
    T(syscall(SYS_dup3, pipe.out, other, O_CLOEXEC));
    T(syscall(SYS_fcntl, other, F_GETFD));
    T(syscall(SYS_dup3, pipe.out, pipe.out, 0));
    T(syscall(SYS_dup3, DIRTY(pipe.out), DIRTY(70), 0));
    T(syscall(SYS_dup3, pipe.out, 70, 12345));
#ifdef SYS_dup2
    T(syscall(SYS_dup2, pipe.out, 71));
    T(syscall(SYS_dup2, pipe.out, pipe.out));
    T(syscall(SYS_dup2, CLOSED, CLOSED));
    T(syscall(SYS_dup2, DIRTY(pipe.out), DIRTY(71)));
#endif
    T(syscall(SYS_fcntl, pipe.out, F_DUPFD, 80));
    T(syscall(SYS_fcntl, DIRTY(pipe.out), F_DUPFD_CLOEXEC, 80));
    T(syscall(SYS_fcntl, pipe.out, F_DUPFD, -1));
    T(syscall(SYS_fcntl, pipe.out, F_SETFL, O_NONBLOCK));
    T(syscall(SYS_fcntl, pipe.out, F_GETFL));
    T(syscall(SYS_fcntl, CLOSED, F_GETFL));
    T(syscall(SYS_close, 80));
    T(syscall(SYS_close, DIRTY(81)));
    T(syscall(SYS_close, 81));
    T(syscall(SYS_close, -1));
    T(syscall(SYS_close_range, 71, 70, 0));
    T(syscall(SYS_close_range, 70, 71, CLOSE_RANGE_CLOEXEC));
    T(syscall(SYS_fcntl, 70, F_GETFD));
    T(syscall(SYS_close_range, DIRTY(70), DIRTY(71), 0));
    T(syscall(SYS_fcntl, 70, F_GETFD));
    T(syscall(SYS_close_range, 70, 71, 4096));
    /* Not ours: six arguments pass. */
    char *memory = (char *)syscall(SYS_mmap, NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    T(memory != MAP_FAILED && memory[0] == 0);
    T(syscall(SYS_getppid) == getppid());
    T(syscall(SYS_gettid) == getpid());
    T(syscall(SYS_write, CLOSED, "", 1));
    T(syscall(SYS_clone, SIGCHLD | CLONE_SIGHAND, 0, 0, 0, 0));
    T(syscall(SYS_clone3, NULL, 0));
    T(syscall(SYS_clone3, NOWHERE, sizeof(struct clone_args)));
    return 0;
}

int main(int argc, char **argv) { return in_the_way(argc, argv, run); }
