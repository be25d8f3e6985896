/* A poller that is shared on purpose is left alone when it is named by number: the parent hears
 * what its child registers. Not named, the child gets its own and the parent waits in vain.
 *
 * ways: all
 * bare: exit 0
 * guarded shared_pollers=3: exit 0; nothing
 * guarded shared_pollers=libnone.so,3 mode=strict: exit 0; nothing
 * guarded shared_pollers=4: exit 12; inherited-poller repaired x1
 * guarded: exit 12; inherited-poller repaired x1
 */
#include "fork_ways.h"
#include "poller.h"

static int child(void *poller) {
    struct line_pipe own = new_pipe();
    CHECK(21, add(*(int *)poller, own.out, EPOLLIN, 7) == 0);
    fill(own);
    CHECK(22, ready(*(int *)poller) == BIT(7));
    tell(up);
    await(up);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    int poller = new_poller();
    SETUP(poller == 3);
    struct kid kid = start(way, child, &poller);
    await(kid.line);
    CHECK(12, ready(poller) == BIT(7));
    tell(kid.line);
    ended(&kid);
    return 0;
}
