/* A poller inside a poller: MOD and DEL of the inner one in the outer one work in the child, whichever
 * of the two it touched before (the kernel finds a registration by its file, and the child's inner
 * file is a new one); the parent's outer one keeps its inner one.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired
 * guarded verify=1: exit 0; inherited-poller repaired
 */
#include "fork_ways.h"
#include "poller.h"

static int outer, inner;
static struct line_pipe common;

static int child(void *inner_first) {
    if (inner_first)
        CHECK(20, ready(inner) == 0);
    CHECK(21, mod(outer, inner, EPOLLIN, 5) == 0);
    fill(common);
    CHECK(22, ready(outer) == BIT(5));
    CHECK(23, add(outer, inner, EPOLLIN, 6) == -1 && errno == EEXIST);
    CHECK(24, del(outer, inner) == 0);
    CHECK(25, del(outer, inner) == -1 && errno == ENOENT);
    CHECK(26, ready(outer) == 0);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    for (int round = 0; round < 2; round++) {
        inner = new_poller();
        outer = new_poller();
        common = new_pipe();
        SETUP(add(inner, common.out, EPOLLIN, 1) == 0);
        SETUP(add(outer, inner, EPOLLIN, 2) == 0);
        struct kid kid = start(way, child, round ? &round : NULL);
        ended(&kid);
        CHECK(12, ready(outer) == BIT(2));
    }
    return 0;
}
