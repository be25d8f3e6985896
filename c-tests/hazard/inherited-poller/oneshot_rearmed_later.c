/* A one-shot registration that had fired before the fork is fired in the child, although the parent has
 * armed its own again by the time the child first looks (the kernel's list then shows it as armed).
 *
 * ways: all
 * bare: exit 21
 * guarded: exit 0; inherited-poller repaired x1
 */
#include "fork_ways.h"
#include "poller.h"

static int poller;
static struct line_pipe pipe_;

static int child(void *none) {
    (void)none;
    await(up);
    CHECK(21, ready(poller) == 0);
    CHECK(22, mod(poller, pipe_.out, EPOLLIN | EPOLLONESHOT, 2) == 0);
    CHECK(23, ready(poller) == BIT(2));
    CHECK(24, ready(poller) == 0);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    poller = new_poller();
    pipe_ = new_pipe();
    fill(pipe_);
    SETUP(add(poller, pipe_.out, EPOLLIN | EPOLLONESHOT, 1) == 0);
    SETUP(ready(poller) == BIT(1));
    struct kid kid = start(way, child, NULL);
    CHECK(12, mod(poller, pipe_.out, EPOLLIN | EPOLLONESHOT, 1) == 0);
    tell(kid.line);
    ended(&kid);
    CHECK(13, ready(poller) == BIT(1));
    return 0;
}
