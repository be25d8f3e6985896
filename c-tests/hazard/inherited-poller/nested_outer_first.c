/* A poller inside a poller: a child that touches only the outer one must not hear of what the
 * parent puts into the inner one, and must hear of what was in it at the fork.
 *
 * ways: all
 * bare: exit 21
 * guarded: exit 0; inherited-poller repaired
 */
#include "fork_ways.h"
#include "poller.h"

static int outer, inner;
static struct line_pipe common, later;

static int child(void *none) {
    (void)none;
    CHECK(20, ready(outer) == 0);
    tell(up);
    await(up);
    CHECK(21, ready(outer) == 0);
    CHECK(22, ready(inner) == 0);
    fill(common);
    CHECK(23, ready(outer) == BIT(2));
    CHECK(24, ready(inner) == BIT(1));
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    inner = new_poller();
    outer = new_poller();
    common = new_pipe();
    later = new_pipe();
    SETUP(add(inner, common.out, EPOLLIN, 1) == 0);
    SETUP(add(outer, inner, EPOLLIN, 2) == 0);
    struct kid kid = start(way, child, NULL);
    await(kid.line);
    fill(later);
    CHECK(12, add(inner, later.out, EPOLLIN, 3) == 0);
    CHECK(13, ready(outer) == BIT(2));
    tell(kid.line);
    ended(&kid);
    CHECK(14, ready(inner) == (BIT(1) | BIT(3)));
    return 0;
}
