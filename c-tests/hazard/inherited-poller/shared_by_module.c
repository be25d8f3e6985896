/* A poller that is shared on purpose is left alone when it is named by the file that made it,
 * here this program. Another file's name does not help.
 *
 * ways: all
 * bare: exit 0
 * guarded shared_pollers=shared_by_module: exit 0; nothing
 * guarded shared_pollers=libnone.so,shared_by_module: exit 0; nothing
 * guarded shared_pollers=shared_by: exit 12; inherited-poller repaired x1
 */
#include "fork_ways.h"
#include "poller.h"

static int child(void *poller) {
    struct line_pipe own = new_pipe();
    CHECK(21, add(*(int *)poller, own.out, EPOLLIN, 7) == 0);
    fill(own);
    tell(up);
    await(up);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    int poller = new_poller();
    struct kid kid = start(way, child, &poller);
    await(kid.line);
    CHECK(12, ready(poller) == BIT(7));
    tell(kid.line);
    ended(&kid);
    return 0;
}
