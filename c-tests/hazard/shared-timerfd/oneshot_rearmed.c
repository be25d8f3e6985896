/* A one-shot registration of a timer had fired before the fork. The child arms it again in the loop it inherited, and
 * waits: it has its own tick, and its parent has one.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired x1, shared-timerfd repaired x1
 */
#include "stateful.h"

static int poller, timer;

static int child(void *none) {
    (void)none;
    CHECK(20, ready(poller) == 0);
    CHECK(21, mod(poller, timer, EPOLLIN | EPOLLONESHOT, 2) == 0);
    CHECK(22, ready(poller) == BIT(2));
    CHECK(23, ticks_of(timer) == 1 && ready(poller) == 0);
    CHECK(24, mod(poller, timer, EPOLLIN, 3) == 0);
    CHECK(25, set_timer(timer, 0, 1e-9, 0) == 0);
    struct epoll_event event;
    CHECK(26, epoll_wait(poller, &event, 1, -1) == 1 && event.data.u64 == 3);
    CHECK(27, ticks_of(timer) == 1);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    poller = new_poller();
    timer = expired_timer();
    SETUP(add(poller, timer, EPOLLIN | EPOLLONESHOT, 1) == 0 && ready(poller) == BIT(1));
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    CHECK(12, ticks_of(timer) == 1);
    return 0;
}
