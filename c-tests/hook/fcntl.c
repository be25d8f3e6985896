/* fcntl and fcntl64, every common command, with an argument or without: results and errno, on a file, a pipe, a
 * socket and a loop.
 *
 * ways: fresh forked child grown
 * bare: exit 0
 * guarded: exit 0; nothing
 * bare differs: no
 */
#include "transcript.h"

extern int fcntl64(int, int, ...);
extern int __fcntl(int, int, ...);

static int run(void *none) {
    (void)none;
    int file = open("file", O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600), sockets[2], poller = epoll_create1(0);
    struct line_pipe pipe = new_pipe();
    SETUP(file != -1 && socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) == 0);
    SETUP(add(poller, pipe.out, EPOLLIN, 1) == 0 && add(poller, sockets[0], EPOLLIN, 2) == 0);
    const int fds[] = {file, pipe.out, sockets[0], poller, CLOSED, -1};
    for (size_t place = 0; place < sizeof fds / sizeof *fds; place++) {
        int fd = fds[place];
        say("fd %d\n", fd);
        T(fcntl(fd, F_GETFD));
        T(fcntl64(fd, F_GETFD));
        T(__fcntl(fd, F_GETFD));
        T(fcntl(fd, F_SETFD, FD_CLOEXEC));
        T(fcntl(fd, F_GETFD));
        T(fcntl(fd, F_SETFD, 0));
        T(fcntl(fd, F_GETFD, 99));
        T(fcntl(fd, F_GETFL));
        T(fcntl(fd, F_SETFL, O_NONBLOCK));
        T(fcntl64(fd, F_GETFL));
        T(fcntl(fd, F_SETFL, 0));
        T(fcntl(fd, F_SETFL, O_ASYNC));
        T(fcntl(fd, F_SETFL, 0));
        T(fcntl(fd, F_GETOWN));
        T(fcntl(fd, F_SETOWN, 0));
        T(fcntl(fd, F_GETSIG));
        T(fcntl(fd, F_SETSIG, SIGUSR1));
        T(fcntl(fd, F_GETSIG));
        T(fcntl(fd, F_SETSIG, 1000));
        T(fcntl(fd, F_GETPIPE_SZ));
        T(fcntl(fd, F_SETPIPE_SZ, 4096));
        T(fcntl(fd, F_GETPIPE_SZ));
        T(fcntl(fd, F_GETLEASE));
        T(fcntl(fd, F_GET_SEALS));
        T(fcntl(fd, F_NOTIFY, 0));
        T(fcntl(fd, F_DUPFD_CLOEXEC, 120));
        T(fcntl64(fd, F_DUPFD, 120));
        T(close(120) + close(121));
        T(fcntl(fd, 12345));
        T(fcntl(fd, -1));
        struct f_owner_ex owner = {F_OWNER_TID, 0};
        T(fcntl(fd, F_SETOWN_EX, &owner));
        T(fcntl(fd, F_GETOWN_EX, &owner));
        T(fcntl(fd, F_GETOWN_EX, NOWHERE));
        struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 10}, unlock = {.l_type = F_UNLCK, .l_whence = SEEK_SET};
        T(fcntl(fd, F_GETLK, &lock));
        T(lock.l_type);
        lock.l_type = F_WRLCK;
        T(fcntl(fd, F_SETLK, &lock));
        T(fcntl64(fd, F_SETLKW, &lock));
        T(fcntl(fd, F_OFD_SETLK, &lock));
        T(fcntl(fd, F_SETLK, &unlock));
        lock.l_pid = 0;
        T(fcntl(fd, F_OFD_SETLK, &lock));
        T(fcntl(fd, F_SETLK, NOWHERE));
        lock.l_type = 99;
        T(fcntl(fd, F_SETLK, &lock));
        uint64_t hint = 3;
        T(fcntl(fd, F_SET_RW_HINT, &hint));
        T(fcntl(fd, F_GET_RW_HINT, &hint));
        T(hint);
    }
    T(ready(poller));
    return 0;
}

int main(int argc, char **argv) { return in_the_way(argc, argv, run); }
