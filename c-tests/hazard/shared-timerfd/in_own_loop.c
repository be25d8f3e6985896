/* The child makes a loop of its own, as it should, and watches inherited timers with it, by epoll, poll and select.
 *
 * ways: all
 * bare: exit 13
 * guarded: exit 0; shared-timerfd repaired x3
 * guarded shared-timerfd=report: exit 13; shared-timerfd reported x3
 */
#include "stateful.h"

static int timers[3];

static int child(void *none) {
    (void)none;
    int poller = new_poller();
    CHECK(20, add(poller, timers[0], EPOLLIN | EPOLLET, 1) == 0);
    CHECK(21, ready(poller) == BIT(1));
    CHECK(22, ticks_of(timers[0]) == 1);
    CHECK(23, set_timer(timers[0], 0, 1e-9, 0) == 0);
    struct epoll_event event;
    CHECK(24, epoll_wait(poller, &event, 1, -1) == 1);
    CHECK(25, del(poller, timers[0]) == 0);
    struct pollfd list[] = {{timers[1], POLLIN, 0}, {-1, 0, 0}};
    CHECK(26, poll(list, 2, -1) == 1);
    CHECK(27, ticks_of(timers[1]) == 1);
    fd_set set;
    FD_ZERO(&set);
    FD_SET(timers[2], &set);
    CHECK(28, select(timers[2] + 1, &set, NULL, NULL, NULL) == 1);
    CHECK(29, ticks_of(timers[2]) == 1);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    for (int place = 0; place < 3; place++)
        timers[place] = expired_timer();
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    CHECK(12, ticks_of(timers[0]) == 1);
    CHECK(13, ticks_of(timers[1]) == 1);
    CHECK(14, ticks_of(timers[2]) == 1);
    return 0;
}
