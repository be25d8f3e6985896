/* Forkproof's own descriptor, wherever it is, is not there for any hooked call: each number from 3 to 1023 is asked
 * by each call that can tell, and answers as a closed number does. (poll is left out: it would have to look at
 * every number of every list.)
 *
 * ways: fresh forked child
 * bare: exit 0
 * guarded: exit 0; nothing
 * bare differs: no
 */
#include "transcript.h"

static int run(void *none) {
    (void)none;
    struct epoll_event event = {.events = EPOLLIN};
    int poller = epoll_create1(EPOLL_CLOEXEC), found = 0;
    for (int fd = poller + 1; fd < 1024; fd++) {
        if (fd == up || (up == -1 && fd >= 200 && fd < 206))
            continue; /* the test's own lines */
#define ABSENT(call) \
    do { \
        errno = 0; \
        long result = (call); \
        if (result != -1 || errno != EBADF) { \
            say("%s: %d answers %ld, errno %d\n", #call, fd, result, errno); \
            found++; \
        } \
    } while (0)
        ABSENT(fcntl(fd, F_GETFD));
        ABSENT(fcntl(fd, F_GETFL));
        ABSENT(fcntl(fd, F_SETFD, 0));
        ABSENT(fcntl(fd, F_DUPFD, 0));
        ABSENT(dup(fd));
        ABSENT(dup2(fd, fd));
        ABSENT(dup2(fd, 60));
        ABSENT(dup3(fd, 60, 0));
        ABSENT(epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event));
        ABSENT(epoll_ctl(poller, EPOLL_CTL_DEL, fd, &event));
        ABSENT(epoll_ctl(fd, EPOLL_CTL_ADD, 0, &event));
        ABSENT(epoll_wait(fd, &event, 1, 0));
        ABSENT(syscall(SYS_fcntl, fd, F_GETFD));
        ABSENT(syscall(SYS_dup, fd));
        ABSENT(syscall(SYS_dup3, fd, 60, 0));
        ABSENT(syscall(SYS_epoll_ctl, poller, EPOLL_CTL_ADD, fd, &event));
        ABSENT(close(fd));
        ABSENT(syscall(SYS_close, fd));
    }
    say("%d\n", found > 20 ? 20 : found);
    return 0;
}

int main(int argc, char **argv) { return in_the_way(argc, argv, run); }
