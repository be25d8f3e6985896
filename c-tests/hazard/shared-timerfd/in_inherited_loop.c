/* A loop with a timer that has expired, used by both: bare, whoever comes second finds no tick. The child's loop gets
 * the child's timer, and each has its tick. What the child sets in it wakes the child alone.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired x1, shared-timerfd repaired x1
 * stderr: not compared
 */
#include "stateful.h"

static int poller, timer;

static int child(void *none) {
    (void)none;
    CHECK(20, ready(poller) == BIT(1));
    CHECK(21, ticks_of(timer) == 1);
    CHECK(22, ready(poller) == 0);
    CHECK(23, set_timer(timer, 0, 1e-9, 0) == 0);
    struct epoll_event event;
    CHECK(24, epoll_wait(poller, &event, 1, -1) == 1 && event.data.u64 == 1);
    CHECK(25, ticks_of(timer) == 1);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    poller = new_poller();
    timer = expired_timer();
    SETUP(add(poller, timer, EPOLLIN, 1) == 0);
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    CHECK(12, ready(poller) == BIT(1));
    CHECK(13, ticks_of(timer) == 1);
    CHECK(14, ready(poller) == 0);
    return 0;
}
