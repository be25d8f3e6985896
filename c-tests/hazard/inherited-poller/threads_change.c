/* Two to eight threads of the child touch the inherited loop first, at the same moment, each by
 * adding a descriptor of its own: all additions are in the child's one loop, none in the parent's.
 *
 * ways: all
 * bare: exit 12
 * guarded vanished-threads=off: exit 0; inherited-poller repaired x7
 */
#include "fork_ways.h"
#include "poller.h"
#include "threads.h"

static int poller, also;
static struct line_pipe common, own[8];

static void add_own(int place) {
    /* Half of them through the other number of the same instance. */
    CHECK(21, add(place % 2 ? poller : also, own[place].out, EPOLLIN, (uint64_t)place) == 0);
    fill(own[place]);
    CHECK(22, ready(poller) & BIT(place));
}

static int child(void *count) {
    for (int place = 0; place < *(int *)count; place++)
        own[place] = new_pipe();
    all_at_once(*(int *)count, add_own);
    fill(common);
    CHECK(23, ready(poller) == ((BIT(*(int *)count) - 1) | BIT(20)));
    CHECK(24, ready(also) == ((BIT(*(int *)count) - 1) | BIT(20)));
    tell(up);
    await(up);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    for (int count = 2; count <= 8; count++) {
        poller = new_poller();
        also = dup(poller);
        common = new_pipe();
        SETUP(also != -1 && add(poller, common.out, EPOLLIN, 20) == 0);
        struct kid kid = start(way, child, &count);
        await(kid.line);
        CHECK(12, ready(poller) == BIT(20));
        tell(kid.line);
        ended(&kid);
    }
    return 0;
}
