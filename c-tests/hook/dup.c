/* dup, dup2, dup3 and F_DUPFD: the numbers they answer, the errno, flags of the copy, and where there is no
 * number left. Of plain files, of what a loop watches, and of loops.
 *
 * ways: fresh forked child grown
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded mode=observe: exit 0; nothing
 * bare differs: no
 */
#include "transcript.h"

extern int __dup2(int, int);

static int run(void *none) {
    (void)none;
    int poller = epoll_create1(EPOLL_CLOEXEC), spare = epoll_create1(0);
    struct line_pipe one = new_pipe(), two = new_pipe();
    SETUP(add(poller, one.out, EPOLLIN, 1) == 0 && add(poller, two.in, EPOLLOUT, 2) == 0 && add(spare, two.in, EPOLLOUT, 4) == 0);
    const int sources[] = {0, one.out, one.in, two.in, poller, CLOSED, -1};
    for (size_t place = 0; place < sizeof sources / sizeof *sources; place++) {
        int source = sources[place], copy;
        say("source %d\n", source);
        T(copy = dup(source));
        T(fcntl(copy, F_GETFD));
        T(dup2(source, source));
        T(dup2(source, copy));
        T(dup2(source, 77));
        T(fcntl(77, F_GETFD));
        T(dup2(77, 77));
        T(__dup2(source, 78));
        T(dup2(source, -1));
        T(dup2(source, INT32_MAX));
        T(dup2(source, 1 << 20));
        T(dup3(source, source, 0));
        T(dup3(source, 77, O_CLOEXEC));
        T(fcntl(77, F_GETFD));
        T(dup3(source, 78, O_NONBLOCK));
        T(dup3(source, 78, -1));
        T(dup3(source, -1, 0));
        T(dup3(CLOSED, CLOSED, 0));
        T(fcntl(source, F_DUPFD, 90));
        T(fcntl(source, F_DUPFD, 90));
        T(fcntl(source, F_DUPFD_CLOEXEC, 90));
        T(fcntl(92, F_GETFD));
        T(fcntl(source, F_DUPFD, -1));
        T(fcntl(source, F_DUPFD, 1 << 20));
        T(fcntl(source, F_DUPFD_CLOEXEC, INT32_MAX));
        for (int fd = 90; fd < 93; fd++)
            T(close(fd));
        T(close(copy));
        T(close(77));
        T(close(78));
        T(ready(poller));
    }
    /* Over what is watched, over the loop, and a loop over what is watched. */
    int null = open("/dev/null", O_RDONLY), copy = dup(poller);
    T(dup2(CLOSED, one.out));
    T(ready(poller));
    T(dup2(null, one.out));
    T(ready(poller));
    T(epoll_ctl(poller, EPOLL_CTL_DEL, one.out, NULL));
    T(dup2(copy, one.in));
    T(ready(one.in));
    T(dup3(null, poller, O_CLOEXEC));
    T(ready(poller));
    T(ready(copy));
    T(dup2(copy, poller));
    T(ready(poller));
    T(close(copy));
    T(close(one.in));
    T(ready(poller));
    T(dup2(spare, poller));
    T(ready(poller));
    T(mod(poller, two.in, 0, 4));
    T(ready(spare));
    T(dup2(spare, 2));
    T(ready(2));
    T(close(2));
    /* No number left. */
    struct rlimit limit;
    SETUP(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = 40;
    SETUP(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    while (dup(null) != -1)
        continue;
    T(dup(two.in));
    T(dup(CLOSED));
    T(dup2(two.in, 39));
    T(dup2(two.in, 40));
    T(dup3(two.in, 40, 0));
    T(fcntl(two.in, F_DUPFD, 0));
    T(fcntl(two.in, F_DUPFD, 39));
    T(fcntl(two.in, F_DUPFD, 40));
    return 0;
}

int main(int argc, char **argv) { return in_the_way(argc, argv, run); }
