/* A poller inside a poller: a child that touches the inner one first, and the outer one later,
 * must hear through its outer one what it put into its inner one. The parent must not.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired
 */
#include "fork_ways.h"
#include "poller.h"

static int outer, inner;
static struct line_pipe common;

static int child(void *none) {
    (void)none;
    struct line_pipe own = new_pipe();
    CHECK(21, add(inner, own.out, EPOLLIN, 7) == 0);
    fill(own);
    CHECK(22, ready(inner) == BIT(7));
    tell(up);
    await(up);
    CHECK(23, ready(outer) == BIT(2));
    CHECK(24, del(inner, own.out) == 0);
    CHECK(25, ready(outer) == 0);
    fill(common);
    CHECK(26, ready(outer) == BIT(2));
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    inner = new_poller();
    outer = new_poller();
    common = new_pipe();
    SETUP(add(inner, common.out, EPOLLIN, 1) == 0);
    SETUP(add(outer, inner, EPOLLIN, 2) == 0);
    struct kid kid = start(way, child, NULL);
    await(kid.line);
    CHECK(12, ready(outer) == 0);
    tell(kid.line);
    ended(&kid);
    CHECK(13, ready(outer) == BIT(2));
    CHECK(14, ready(inner) == BIT(1));
    return 0;
}
