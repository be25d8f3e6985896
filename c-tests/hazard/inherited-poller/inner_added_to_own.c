/* A child that adds the loop it inherited to a fresh loop of its own touches it: what the parent
 * registers after the fork must not wake the child's fresh loop.
 *
 * ways: all
 * bare: exit 21
 * guarded: exit 0; inherited-poller repaired x1
 */
#include "fork_ways.h"
#include "poller.h"

static int inner;
static struct line_pipe common, later;

static int child(void *none) {
    (void)none;
    int outer = new_poller();
    CHECK(20, add(outer, inner, EPOLLIN, 2) == 0);
    tell(up);
    await(up);
    CHECK(21, ready(outer) == 0);
    fill(common);
    CHECK(22, ready(outer) == BIT(2));
    CHECK(23, ready(inner) == BIT(1));
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    inner = new_poller();
    common = new_pipe();
    later = new_pipe();
    SETUP(add(inner, common.out, EPOLLIN, 1) == 0);
    struct kid kid = start(way, child, NULL);
    await(kid.line);
    fill(later);
    CHECK(12, add(inner, later.out, EPOLLIN, 3) == 0);
    tell(kid.line);
    ended(&kid);
    return 0;
}
