/* The same from the child's side: it closes a descriptor that is registered in its own copy of the
 * loop, and its parent holds the file. The child must not hear of it any more; the parent must.
 *
 * ways: all
 * bare: exit 21
 * guarded: exit 0; inherited-poller repaired x1, phantom-event repaired x1
 */
#include "fork_ways.h"
#include "poller.h"

static int poller;
static struct line_pipe pipe_;

static int child(void *none) {
    (void)none;
    CHECK(20, ready(poller) == 0);
    CHECK(22, close(pipe_.out) == 0);
    tell(up);
    await(up);
    CHECK(21, ready(poller) == 0);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    poller = new_poller();
    pipe_ = new_pipe();
    SETUP(add(poller, pipe_.out, EPOLLIN, 1) == 0);
    struct kid kid = start(way, child, NULL);
    await(kid.line);
    fill(pipe_);
    CHECK(12, ready(poller) == BIT(1));
    tell(kid.line);
    ended(&kid);
    return 0;
}
