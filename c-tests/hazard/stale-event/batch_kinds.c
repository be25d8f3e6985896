/* As batch.c, for each kind of descriptor whose input can be looked at without taking it. Said for each poller.
 *
 * ways: none
 * bare: exit 11
 * guarded: exit 11; stale-event reported x7
 * guarded stale-event=repair: exit 0; nothing
 */
#include "poller.h"
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/un.h>

static int pipe_end(void) {
    struct line_pipe pipe = new_pipe();
    fill(pipe);
    return pipe.out;
}

static int socket_end(int kind) {
    int ends[2];
    SETUP(socketpair(AF_UNIX, kind | SOCK_CLOEXEC, 0, ends) == 0 && raw_write(ends[1], "some", 4) == 4);
    return ends[0];
}

static int stream(void) { return socket_end(SOCK_STREAM); }
static int datagram(void) { return socket_end(SOCK_DGRAM); }
static int counter(void) { return eventfd(1, EFD_CLOEXEC); }

static int timer(void) {
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    struct itimerspec now = {.it_value = {0, 1}};
    SETUP(fd != -1 && timerfd_settime(fd, 0, &now, NULL) == 0);
    SETUP(poll(&(struct pollfd){fd, POLLIN, 0}, 1, -1) == 1);
    return fd;
}

static int signals(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    SETUP(sigprocmask(SIG_BLOCK, &set, NULL) == 0 && raise(SIGUSR1) == 0);
    return signalfd(-1, &set, SFD_CLOEXEC);
}

static int listener(void) {
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    socklen_t length = sizeof name;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    SETUP(bind(fd, (struct sockaddr *)&name, sizeof name.sun_family) == 0 && listen(fd, 4) == 0);
    SETUP(getsockname(fd, (struct sockaddr *)&name, &length) == 0);
    SETUP(connect(client, (struct sockaddr *)&name, length) == 0);
    return fd;
}

static int (*const KINDS[])(void) = {pipe_end, stream, datagram, counter, timer, signals, listener};

int main(void) {
    int wrong = 0;
    for (size_t kind = 0; kind < sizeof KINDS / sizeof *KINDS; kind++) {
        int poller = new_poller(), fds[3] = {pipe_end(), pipe_end(), KINDS[kind]()};
        char byte;
        SETUP(fds[2] != -1);
        for (int place = 0; place < 3; place++)
            SETUP(add(poller, fds[place], EPOLLIN | EPOLLET, (uint64_t)place) == 0);
        struct epoll_event events[4];
        int count = epoll_wait(poller, events, 4, 0);
        SETUP(count == 1 || count == 3);
        /* The handler of the first. */
        SETUP(raw_read(fds[0], &byte, 1) == 1 && del(poller, fds[2]) == 0);
        wrong += count == 3 && events[2].data.u64 == 2;
        SETUP(close(poller) == 0);
    }
    CHECK(11, wrong == 0);
    return 0;
}
