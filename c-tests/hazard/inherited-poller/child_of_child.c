/* A child that has made the loop its own forks again: its child gets one of its own too, with what
 * the first child had registered, and neither the first child nor the parent hears of it.
 *
 * ways: all
 * bare: exit 22
 * guarded vanished-threads=off: exit 0; inherited-poller repaired x2
 */
#include "fork_ways.h"
#include "poller.h"

static const struct way *way;
static int poller;
static struct line_pipe oldest, childs;

static int grandchild(void *none) {
    (void)none;
    CHECK(31, del(poller, oldest.out) == 0);
    CHECK(32, mod(poller, childs.out, EPOLLIN, 9) == 0);
    fill(childs);
    CHECK(33, ready(poller) == BIT(9));
    return 0;
}

static int child(void *none) {
    (void)none;
    childs = new_pipe();
    CHECK(21, add(poller, childs.out, EPOLLIN, 2) == 0);
    struct kid kid = start(way, grandchild, NULL);
    ended(&kid);
    fill(oldest);
    CHECK(22, ready(poller) == (BIT(1) | BIT(2)));
    tell(up);
    await(up);
    return 0;
}

int main(int argc, char **argv) {
    way = which_way(argc, argv);
    poller = new_poller();
    oldest = new_pipe();
    SETUP(add(poller, oldest.out, EPOLLIN, 1) == 0);
    struct kid kid = start(way, child, NULL);
    await(kid.line);
    CHECK(12, ready(poller) == BIT(1));
    tell(kid.line);
    ended(&kid);
    return 0;
}
