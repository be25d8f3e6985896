/* The child sets the inherited timer first and uses the inherited loop afterwards: the loop watches the child's own
 * timer, also with `verify=1`, and the parent's hears of the parent's.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired registrations=2 x1, shared-timerfd repaired x1
 * guarded verify=1: exit 0; inherited-poller repaired registrations=2 x1, shared-timerfd repaired x1
 */
#include "stateful.h"

static int poller, timer;

static int child(void *none) {
    (void)none;
    CHECK(20, set_timer(timer, 0, 1e-9, 0) == 0);
    struct epoll_event event;
    CHECK(21, epoll_wait(poller, &event, 1, -1) == 1 && event.data.u64 == 1);
    CHECK(22, ticks_of(timer) == 1);
    CHECK(23, ready(poller) == 0);
    CHECK(24, mod(poller, timer, EPOLLIN, 4) == 0);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    poller = new_poller();
    timer = new_timer(CLOCK_MONOTONIC, 3600, 3);
    SETUP(add(poller, timer, EPOLLIN, 1) == 0 && add(poller, new_pipe().out, EPOLLIN, 2) == 0);
    struct state before = state_of(timer);
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    CHECK(12, same_state(before, state_of(timer)));
    CHECK(13, ready(poller) == 0);
    return 0;
}
