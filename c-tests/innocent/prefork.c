/* A prefork server as it should be: one listening socket, made before the forks, and in each worker a loop of its
 * own, with EPOLLEXCLUSIVE. The workers echo, and close their connections without removing them first. Forty
 * clients; what is printed is what they got back.
 *
 * ways: unix.plain tcp.plain unix.pre_loop tcp.pre_loop unix.reload
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded mode=strict: exit 0; nothing
 * bare differs: no
 */
#include "fork_ways.h"
#include "poller.h"
#include <netinet/in.h>
#include <sys/un.h>

enum { WORKERS = 3, CLIENTS = 40, STOP = 1000, LISTENER = 1001 };

static const char *way;
static int listener, loop_of_parent = -1;
static struct sockaddr_storage address;
static socklen_t address_size;

static void listen_somewhere(void) {
    if (strncmp(way, "tcp", 3) == 0) {
        struct sockaddr_in *in = (struct sockaddr_in *)&address;
        *in = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        address_size = sizeof *in;
    } else {
        struct sockaddr_un *un = (struct sockaddr_un *)&address;
        *un = (struct sockaddr_un){.sun_family = AF_UNIX};
        address_size = sizeof un->sun_family; /* the kernel chooses an abstract name: unix(7) */
    }
    listener = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    SETUP(listener != -1 && bind(listener, (struct sockaddr *)&address, address_size) == 0 && listen(listener, CLIENTS) == 0);
    address_size = sizeof address;
    SETUP(getsockname(listener, (struct sockaddr *)&address, &address_size) == 0);
}

/* One connection is one event's worth of data: echo it and close. Closed numbers are used again and again. */
static int worker(void *none) {
    (void)none;
    struct epoll_event events[8];
    if (loop_of_parent != -1)
        close(loop_of_parent);
    int poller = epoll_create1(EPOLL_CLOEXEC);
    CHECK(20, add(poller, up, EPOLLIN, STOP) == 0);
    CHECK(21, add(poller, listener, EPOLLIN | EPOLLEXCLUSIVE, LISTENER) == 0);
    tell(up);
    for (;;) {
        int count = epoll_wait(poller, events, 8, -1);
        CHECK(22, count > 0);
        for (int place = 0; place < count; place++) {
            uint64_t data = events[place].data.u64;
            char text[64];
            if (data == STOP)
                return 0;
            if (data == LISTENER) {
                int connection = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
                if (connection == -1)
                    continue; /* another worker was first */
                CHECK(23, add(poller, connection, EPOLLIN | EPOLLRDHUP, (uint64_t)connection) == 0);
                continue;
            }
            ssize_t size = read((int)data, text, sizeof text);
            CHECK(24, size > 0 && write((int)data, text, (size_t)size) == size);
            CHECK(25, close((int)data) == 0);
        }
    }
}

static void start_workers(struct kid *kids) {
    for (int place = 0; place < WORKERS; place++) {
        kids[place] = start(PLAIN_FORK, worker, NULL);
        await(kids[place].line);
    }
}

static void stop_workers(struct kid *kids) {
    for (int place = 0; place < WORKERS; place++) {
        tell(kids[place].line);
        ended(&kids[place]);
    }
}

static void be_clients(void) {
    int fds[CLIENTS], total = 0;
    for (int place = 0; place < CLIENTS; place++) {
        fds[place] = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        SETUP(fds[place] != -1 && connect(fds[place], (struct sockaddr *)&address, address_size) == 0);
    }
    for (int place = 0; place < CLIENTS; place++) {
        char text[64], back[64] = "";
        int size = snprintf(text, sizeof text, "client %d\n", place);
        SETUP(write(fds[place], text, (size_t)size) == size);
        for (int got = 0; got < size;) {
            ssize_t more = read(fds[place], back + got, sizeof back - 1 - (size_t)got);
            CHECK(26, more > 0);
            got += (int)more;
        }
        say("%s", back);
        total += strcmp(text, back) == 0;
        CHECK(27, read(fds[place], back, sizeof back) == 0);
        close(fds[place]);
    }
    say("%d of %d\n", total, CLIENTS);
}

int main(int argc, char **argv) {
    struct kid kids[WORKERS], next[WORKERS];
    SETUP(argc == 2);
    way = argv[1];
    listen_somewhere();
    struct line_pipe signals = new_pipe();
    if (strstr(way, "pre_loop")) {
        loop_of_parent = new_poller();
        SETUP(add(loop_of_parent, signals.out, EPOLLIN, 1) == 0);
    }
    start_workers(kids);
    be_clients();
    if (strstr(way, "reload")) {
        start_workers(next);
        stop_workers(kids);
        be_clients();
        stop_workers(next);
    } else {
        stop_workers(kids);
    }
    if (loop_of_parent != -1) {
        fill(signals);
        CHECK(28, ready(loop_of_parent) == BIT(1));
        CHECK(29, close(signals.out) == 0 && ready(loop_of_parent) == 0);
    }
    return 0;
}
