/* A one-shot registration fires once for each instance: the child's event must not disarm the
 * parent's registration.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired x1
 */
#include "fork_ways.h"
#include "poller.h"

static int child(void *poller) {
    CHECK(21, ready(*(int *)poller) == BIT(1));
    CHECK(22, ready(*(int *)poller) == 0);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    int poller = new_poller();
    struct line_pipe pipe = new_pipe();
    SETUP(add(poller, pipe.out, EPOLLIN | EPOLLONESHOT, 1) == 0);
    fill(pipe);
    struct kid kid = start(way, child, &poller);
    ended(&kid);
    CHECK(12, ready(poller) == BIT(1));
    CHECK(13, ready(poller) == 0);
    return 0;
}
