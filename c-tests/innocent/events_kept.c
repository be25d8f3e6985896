/* A thread has been given an event and not come out of its wait; meanwhile another changes registrations in ways that leave
 * one with the same data, which may be the event's. It comes out, and nothing is said.
 *
 * ways: added_again reopened one_of_two other_removed modified doubled
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded stale-event=repair: exit 0; nothing
 * guarded mode=observe: exit 0; nothing
 * may skip: needs ptrace
 */
#include "held.h"

static int run(const char *way) {
    int poller = new_poller();
    struct line_pipe pipe = new_pipe(), other = new_pipe();
    SETUP(add(poller, pipe.out, EPOLLIN, 7) == 0);
    if (strcmp(way, "one_of_two") == 0)
        SETUP(add(poller, other.out, EPOLLIN, 7) == 0);
    if (strcmp(way, "other_removed") == 0)
        SETUP(add(poller, other.out, EPOLLIN, 8) == 0);
    fill(pipe);
    hold_a_waiter(poller, 8, usual_wait);
    if (strcmp(way, "added_again") == 0) {
        SETUP(del(poller, pipe.out) == 0 && add(poller, pipe.out, EPOLLIN, 7) == 0);
    } else if (strcmp(way, "reopened") == 0) {
        SETUP(close(pipe.out) == 0);
        struct line_pipe fresh = new_pipe();
        SETUP(fresh.out == pipe.out && add(poller, fresh.out, EPOLLIN, 7) == 0);
    } else if (strcmp(way, "one_of_two") == 0) {
        SETUP(del(poller, other.out) == 0);
    } else if (strcmp(way, "other_removed") == 0) {
        SETUP(close(other.out) == 0);
    } else if (strcmp(way, "modified") == 0) {
        SETUP(mod(poller, pipe.out, EPOLLIN | EPOLLONESHOT, 9) == 0);
    } else {
        /* Past every hook, so that there is no record of it: the kernel's list is what counts. */
        struct epoll_event event = {.events = EPOLLIN, .data.u64 = 7};
        SETUP(raw_call(SYS_epoll_ctl, poller, EPOLL_CTL_ADD, other.out, &event) == 0 && del(poller, pipe.out) == 0);
    }
    let_the_waiter_go();
    CHECK(11, waiter.answer == 1 && waiter.events[0].data.u64 == 7 && waiter.events[0].events == EPOLLIN);
    return 0;
}

int main(int argc, char **argv) { return traced(argc, argv, run); }
