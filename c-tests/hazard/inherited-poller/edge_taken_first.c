/* The parent looks first: the child must still get the edge that was there when it was made.
 *
 * ways: all
 * bare: exit 21
 * guarded: exit 0; inherited-poller repaired x1
 */
#include "fork_ways.h"
#include "poller.h"

static int child(void *poller) {
    await(up);
    CHECK(21, ready(*(int *)poller) == BIT(1));
    CHECK(22, ready(*(int *)poller) == 0);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    int poller = new_poller();
    struct line_pipe pipe = new_pipe();
    SETUP(add(poller, pipe.out, EPOLLIN | EPOLLET, 1) == 0);
    fill(pipe);
    struct kid kid = start(way, child, &poller);
    CHECK(12, ready(poller) == BIT(1));
    tell(kid.line);
    ended(&kid);
    return 0;
}
