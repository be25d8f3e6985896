/* A one-shot registration that had fired before the fork is fired in the child as well: no event,
 * ADD says EEXIST, and MOD arms it again, in the child alone. The pipe's writing end is closed, as
 * ERR and HUP are reported for whatever mask a fresh registration has (epoll_ctl(2)).
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired x1
 * guarded verify=1: exit 0; inherited-poller repaired x1
 */
#include "fork_ways.h"
#include "poller.h"

static int poller;
static struct line_pipe first, hung_up;

static int child(void *none) {
    (void)none;
    CHECK(21, ready(poller) == 0);
    CHECK(22, add(poller, first.out, EPOLLIN, 3) == -1 && errno == EEXIST);
    CHECK(23, mod(poller, first.out, EPOLLIN | EPOLLONESHOT, 3) == 0);
    CHECK(24, mod(poller, hung_up.out, EPOLLIN, 4) == 0);
    tell(up);
    await(up);
    CHECK(25, ready(poller) == (BIT(3) | BIT(4)));
    CHECK(26, ready(poller) == BIT(4));
    CHECK(27, add(poller, first.out, EPOLLIN, 3) == -1 && errno == EEXIST);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    poller = new_poller();
    first = new_pipe();
    hung_up = new_pipe();
    SETUP(add(poller, first.out, EPOLLIN | EPOLLONESHOT, 1) == 0);
    SETUP(add(poller, hung_up.out, EPOLLIN | EPOLLONESHOT, 2) == 0);
    fill(first);
    SETUP(close(hung_up.in) == 0);
    SETUP(ready(poller) == (BIT(1) | BIT(2)));
    SETUP(ready(poller) == 0);
    struct kid kid = start(way, child, NULL);
    await(kid.line);
    CHECK(12, ready(poller) == 0);
    CHECK(13, mod(poller, first.out, EPOLLIN | EPOLLONESHOT, 5) == 0);
    CHECK(14, ready(poller) == BIT(5));
    tell(kid.line);
    ended(&kid);
    CHECK(15, ready(poller) == 0);
    return 0;
}
