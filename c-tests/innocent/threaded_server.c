/* A server of four threads on one poller, the way it is done: a connection is a one-shot, so one thread at a time has it, arms it
 * again when it has read, and closes it at its end. Numbers are reused all the time. Nothing is said.
 *
 * ways: closes deletes
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded mode=observe: exit 0; nothing
 * guarded stale-event=repair: exit 0; nothing
 * bare differs: no
 */
#include "poller.h"
#include <stdatomic.h>

enum { WORKERS = 4, CLIENTS = 2000, AT_ONCE = 16, ROUNDS = 3 };

static int poller;
static bool deletes;
static _Atomic int ended, messages;

static void *serve(void *none) {
    struct epoll_event events[8];
    while (ended < CLIENTS) {
        int count = epoll_wait(poller, events, 8, 5);
        SETUP(count >= 0 || errno == EINTR);
        for (int place = 0; place < count; place++) {
            int fd = (int)events[place].data.u64;
            char byte;
            long size = raw_read(fd, &byte, 1);
            CHECK(20, size >= 0);
            if (size == 1) {
                messages++;
                CHECK(21, mod(poller, fd, EPOLLIN | EPOLLONESHOT, (uint64_t)fd) == 0);
                continue;
            }
            if (deletes)
                CHECK(22, del(poller, fd) == 0);
            CHECK(23, close(fd) == 0);
            ended++;
        }
    }
    return none;
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    pthread_t workers[WORKERS];
    deletes = strcmp(argv[1], "deletes") == 0;
    poller = new_poller();
    for (int place = 0; place < WORKERS; place++)
        SETUP(pthread_create(&workers[place], NULL, serve, NULL) == 0);
    for (int begun = 0; begun < CLIENTS; begun += AT_ONCE) {
        int clients[AT_ONCE];
        for (int place = 0; place < AT_ONCE; place++) {
            int ends[2];
            SETUP(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0);
            CHECK(24, add(poller, ends[0], EPOLLIN | EPOLLONESHOT, (uint64_t)ends[0]) == 0);
            clients[place] = ends[1];
        }
        for (int round = 0; round < ROUNDS * AT_ONCE; round++)
            SETUP(raw_write(clients[round % AT_ONCE], "", 1) == 1);
        for (int place = 0; place < AT_ONCE; place++)
            raw_close(clients[place]);
    }
    for (int place = 0; place < WORKERS; place++)
        SETUP(pthread_join(workers[place], NULL) == 0);
    say("%d messages of %d clients\n", messages, ended);
    return 0;
}
