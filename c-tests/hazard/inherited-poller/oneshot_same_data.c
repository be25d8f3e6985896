/* Three one-shot registrations with one and the same data, of which one had fired before the fork: the
 * event alone does not tell which. In the child the two armed ones fire, the fired one does not, with
 * EPOLLET as well as without.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired x2
 */
#include "fork_ways.h"
#include "poller.h"

static int pollers[2];
static struct line_pipe pipes[3];

static int how_many(int poller) {
    struct epoll_event events[8];
    int count = epoll_wait(poller, events, 8, 0);
    for (int place = 0; place < count; place++)
        CHECK(20, events[place].data.u64 == 5);
    return count;
}

static int child(void *none) {
    (void)none;
    for (int place = 0; place < 2; place++) {
        CHECK(21, how_many(pollers[place]) == 2);
        CHECK(22, how_many(pollers[place]) == 0);
        CHECK(23, mod(pollers[place], pipes[1].out, EPOLLIN | EPOLLONESHOT, 5) == 0);
        CHECK(24, how_many(pollers[place]) == 1);
    }
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    for (int place = 0; place < 3; place++)
        pipes[place] = new_pipe();
    for (int turn = 0; turn < 2; turn++) {
        pollers[turn] = new_poller();
        for (int place = 0; place < 3; place++)
            SETUP(add(pollers[turn], pipes[place].out, EPOLLIN | EPOLLONESHOT | (turn ? EPOLLET : 0), 5) == 0);
    }
    fill(pipes[1]);
    SETUP(how_many(pollers[0]) == 1 && how_many(pollers[1]) == 1);
    fill(pipes[0]);
    fill(pipes[2]);
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    CHECK(12, how_many(pollers[0]) == 2);
    CHECK(13, how_many(pollers[1]) == 2);
    return 0;
}
