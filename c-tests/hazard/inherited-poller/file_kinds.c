/* Every kind of file a loop watches is carried over: pipe, FIFO, sockets (Unix, TCP, listening and
 * not), eventfd, timerfd, signalfd, inotify, pidfd, terminal, and another poller.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired, shared-timerfd repaired x1, shared-signalfd repaired x1
 * stderr: not compared
 */
#include "fork_ways.h"
#include "poller.h"
#include <netinet/in.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

static int poller, files[16], count;
static struct interest_list at_fork, now;

static void watch(int fd) {
    SETUP(fd != -1);
    SETUP(add(poller, fd, EPOLLIN | EPOLLRDHUP, (uint64_t)(uintptr_t)&files[count]) == 0);
    files[count++] = fd;
}

static int child(void *none) {
    (void)none;
    SETUP(ready(poller) == 0);
    read_list(poller, &now);
    CHECK(21, list_length(&now) == count);
    for (int place = 0; place < count; place++) {
        uint32_t events, events_then;
        uint64_t data, data_then;
        SETUP(listed(&at_fork, files[place], &events_then, &data_then));
        CHECK(22, listed(&now, files[place], &events, &data) && events == events_then && data == data_then);
        CHECK(23, del(poller, files[place]) == 0);
    }
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    int ends[2], terminal, other;
    sigset_t none;
    sigemptyset(&none);
    poller = new_poller();
    watch(new_pipe().out);
    SETUP(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) == 0);
    watch(ends[0]);
    int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    SETUP(bind(listening, (struct sockaddr *)&address, size) == 0 && listen(listening, 4) == 0);
    SETUP(getsockname(listening, (struct sockaddr *)&address, &size) == 0);
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    SETUP(connect(client, (struct sockaddr *)&address, size) == 0);
    watch(accept4(listening, NULL, NULL, SOCK_CLOEXEC));
    watch(listening);
    watch(client);
    watch(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    watch(eventfd(0, EFD_CLOEXEC));
    watch(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
    watch(signalfd(-1, &none, SFD_CLOEXEC));
    watch(inotify_init1(IN_CLOEXEC));
    watch((int)raw_call(SYS_pidfd_open, raw_getpid(), 0));
    SETUP(openpty(&terminal, &other, NULL, NULL, NULL) == 0);
    watch(terminal);
    watch(new_poller());
    read_list(poller, &at_fork);
    SETUP(list_length(&at_fork) == count && ready(poller) == 0);
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    read_list(poller, &now);
    CHECK(12, same_list(&at_fork, &now));
    return 0;
}
