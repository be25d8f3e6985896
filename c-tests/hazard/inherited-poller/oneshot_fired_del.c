/* A one-shot registration that had fired before the fork can be dropped in the child, once, and
 * added anew; the parent still has its own.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired x1
 */
#include "fork_ways.h"
#include "poller.h"

static int poller;
static struct line_pipe pipe_;

static int child(void *none) {
    (void)none;
    CHECK(21, del(poller, pipe_.out) == 0);
    CHECK(22, del(poller, pipe_.out) == -1 && errno == ENOENT);
    CHECK(23, mod(poller, pipe_.out, EPOLLIN, 2) == -1 && errno == ENOENT);
    tell(up);
    await(up);
    CHECK(24, add(poller, pipe_.out, EPOLLIN, 2) == 0);
    CHECK(25, ready(poller) == BIT(2));
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    poller = new_poller();
    pipe_ = new_pipe();
    SETUP(add(poller, pipe_.out, EPOLLIN | EPOLLONESHOT, 1) == 0);
    fill(pipe_);
    SETUP(ready(poller) == BIT(1));
    struct kid kid = start(way, child, NULL);
    await(kid.line);
    CHECK(12, mod(poller, pipe_.out, EPOLLIN | EPOLLONESHOT, 3) == 0);
    CHECK(13, ready(poller) == BIT(3));
    tell(kid.line);
    ended(&kid);
    return 0;
}
