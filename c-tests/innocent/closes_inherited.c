/* A child that does what every event library asks for: it closes the inherited loop and the descriptors that are none
 * of its business, and makes a loop of its own, which gets the same numbers. Parent and child then work side by
 * side, and close what they watch.
 *
 * ways: all
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded mode=strict: exit 0; nothing
 * bare differs: no
 */
#include "fork_ways.h"
#include "poller.h"

enum { COUNT = 10 };
static int poller, twin;
static struct line_pipe pipes[COUNT];

static int child(void *none) {
    (void)none;
    CHECK(20, close(poller) == 0 && close(twin) == 0);
    for (int place = 0; place < COUNT; place++)
        CHECK(21, close(pipes[place].out) == 0 && close(pipes[place].in) == 0);
    int own = epoll_create1(EPOLL_CLOEXEC);
    CHECK(22, own == poller);
    struct line_pipe mine[COUNT];
    for (int place = 0; place < COUNT; place++) {
        mine[place] = new_pipe();
        CHECK(23, add(own, mine[place].out, EPOLLIN | (place & 1 ? EPOLLET : 0), (uint64_t)place + 10) == 0);
        fill(mine[place]);
    }
    CHECK(24, ready(own) == (BIT(COUNT) - 1) << 10);
    tell(up);
    await(up);
    for (int place = 0; place < COUNT; place++)
        CHECK(25, close(mine[place].out) == 0);
    CHECK(26, ready(own) == 0);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    poller = new_poller();
    twin = dup(poller);
    for (int place = 0; place < COUNT; place++) {
        pipes[place] = new_pipe();
        SETUP(add(poller, pipes[place].out, EPOLLIN, (uint64_t)place) == 0);
    }
    struct kid kid = start(way, child, NULL);
    await(kid.line);
    say("%x\n", (unsigned)ready(poller));
    for (int place = 0; place < COUNT; place++)
        fill(pipes[place]);
    say("%x\n", (unsigned)ready(twin));
    for (int place = 0; place < COUNT; place += 2)
        CHECK(30, close(pipes[place].out) == 0);
    say("%x\n", (unsigned)ready(poller));
    tell(kid.line);
    ended(&kid);
    return 0;
}
