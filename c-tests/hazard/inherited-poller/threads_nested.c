/* Threads of the child touch the outer poller, the inner one and a dup of the inner one first, at
 * the same moment: in the end they are one set of the child's own, and nothing has hung.
 *
 * ways: all
 * bare: exit 12
 * guarded vanished-threads=off: exit 0; inherited-poller repaired
 */
#include "fork_ways.h"
#include "poller.h"
#include "threads.h"

static int outer, inner, also_inner;
static struct line_pipe own[6];

static void touch(int place) {
    if (place % 3 == 0)
        CHECK(21, ready(outer) >= 0);
    else
        CHECK(22, add(place % 3 == 1 ? inner : also_inner, own[place].out, EPOLLIN, (uint64_t)place) == 0);
}

static int child(void *none) {
    (void)none;
    for (int place = 0; place < 6; place++)
        own[place] = new_pipe();
    all_at_once(6, touch);
    for (int place = 0; place < 6; place++) {
        if (place % 3 == 0)
            continue;
        fill(own[place]);
        CHECK(23, ready(outer) == BIT(9));
        CHECK(24, ready(inner) == BIT(place));
        CHECK(25, ready(also_inner) == BIT(place));
        CHECK(26, del(inner, own[place].out) == 0);
    }
    fill(own[1]);
    CHECK(27, add(also_inner, own[1].out, EPOLLIN, 1) == 0);
    tell(up);
    await(up);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    for (int round = 0; round < 5; round++) {
        inner = new_poller();
        also_inner = dup(inner);
        outer = new_poller();
        SETUP(also_inner != -1 && add(outer, inner, EPOLLIN, 9) == 0);
        struct kid kid = start(way, child, NULL);
        await(kid.line);
        CHECK(12, ready(outer) == 0);
        tell(kid.line);
        ended(&kid);
    }
    return 0;
}
