/* As overtaken.c, of a batch: the events of what is still registered come, whole and in their order. With repair one event is
 * harvested at a time: the first is dropped if it is among those removed, the others are not harvested any more.
 *
 * ways: first middle last two all
 * bare: exit 11
 * guarded: exit 11; stale-event reported x1+
 * guarded stale-event=repair: exit 0; stale-event repaired x0+
 * may skip: needs ptrace
 */
#include "held.h"

enum { PIPES = 4 };

static int run(const char *way) {
    int poller = new_poller();
    struct line_pipe pipes[PIPES];
    bool gone[PIPES] = {false};
    for (int place = 0; place < PIPES; place++) {
        pipes[place] = new_pipe();
        SETUP(add(poller, pipes[place].out, EPOLLIN | EPOLLET, 0xfedcba9800000000 + (unsigned)place) == 0);
        fill(pipes[place]);
    }
    hold_a_waiter(poller, PIPES, usual_wait);
    for (int place = 0; place < PIPES; place++) {
        gone[place] = strcmp(way, "all") == 0 || (strcmp(way, "first") == 0 && place == 0) ||
                      (strcmp(way, "middle") == 0 && place == 1) || (strcmp(way, "last") == 0 && place == PIPES - 1) ||
                      (strcmp(way, "two") == 0 && place % 2 == 0);
        if (gone[place])
            SETUP((place % 2 == 0 ? del(poller, pipes[place].out) : close(pipes[place].out)) == 0);
    }
    let_the_waiter_go();
    /* Then all that is left, as a loop would take it. */
    struct epoll_event events[PIPES];
    int count = waiter.answer > 0 ? waiter.answer : 0;
    memcpy(events, waiter.events, (size_t)count * sizeof *events);
    while (count < PIPES) {
        int more = epoll_wait(poller, events + count, PIPES - count, 0);
        SETUP(more >= 0);
        if (more == 0)
            break;
        count += more;
    }
    int taken = 0;
    for (int place = 0; place < PIPES; place++) {
        bool is_next = taken < count && events[taken].data.u64 == 0xfedcba9800000000 + (unsigned)place;
        CHECK(11, !gone[place] || !is_next);
        CHECK(12, gone[place] || (is_next && events[taken].events == EPOLLIN));
        taken += is_next;
    }
    CHECK(13, taken == count);
    CHECK(14, waiter.answer > 0 || waiter.error == EINTR);
    return 0;
}

int main(int argc, char **argv) { return traced(argc, argv, run); }
