/* A child that lacks a thread does nothing but wait for events, which a fork promises. Once it has gone on so for the
 * time of grace it is told: at its second wait without any (grace_ms=0), not within a minute of it.
 *
 * ways: epoll_wait poll select
 * bare: exit 0
 * guarded grace_ms=0: exit 0; vanished-threads reported x1
 * guarded grace_ms=60000: exit 0; nothing
 * guarded grace_ms=0 vanished-threads=off: exit 0; nothing
 */
#include "fork_ways.h"

static int wait_once(const char *way) {
    struct epoll_event event;
    struct timeval none = {0, 0};
    if (strcmp(way, "epoll_wait") == 0) {
        int poller = epoll_create1(EPOLL_CLOEXEC);
        int answer = epoll_wait(poller, &event, 1, 0);
        raw_close(poller);
        return answer;
    }
    return strcmp(way, "poll") == 0 ? poll(NULL, 0, 0) : select(0, NULL, NULL, NULL, &none);
}

static int child(void *way) {
    for (int count = 0; count < 5; count++)
        CHECK(11, wait_once(way) == 0);
    return 0;
}

static void *idle(void *none) {
    for (;;)
        pause();
    return none;
}

int main(int argc, char **argv) {
    pthread_t thread;
    SETUP(argc == 2 && pthread_create(&thread, NULL, idle, NULL) == 0);
    struct kid kid = start(PLAIN_FORK, child, argv[1]);
    ended(&kid);
    return 0;
}
