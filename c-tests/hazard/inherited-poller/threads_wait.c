/* Two to eight threads of the child touch the inherited loop first, at the same moment, each by
 * waiting on it: each sees what was registered at the fork, none sees what the parent registered
 * since.
 *
 * ways: all
 * bare: exit 21
 * guarded vanished-threads=off: exit 0; inherited-poller repaired x7
 */
#include "fork_ways.h"
#include "poller.h"
#include "threads.h"

static int poller, also;
static struct line_pipe common, later;

static void look(int place) { CHECK(21, ready(place % 2 ? poller : also) == BIT(1)); }

static int child(void *count) {
    await(up);
    all_at_once(*(int *)count, look);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    for (int count = 2; count <= 8; count++) {
        poller = new_poller();
        also = dup(poller);
        common = new_pipe();
        later = new_pipe();
        fill(common);
        fill(later);
        SETUP(also != -1 && add(poller, common.out, EPOLLIN, 1) == 0);
        struct kid kid = start(way, child, &count);
        CHECK(12, add(poller, later.out, EPOLLIN, 2) == 0);
        tell(kid.line);
        ended(&kid);
    }
    return 0;
}
