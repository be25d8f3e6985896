/* A number the child closes and gives to another file before it first touches the loop: the other
 * file must not be watched, the old one is gone. By close and dup2, by dup2 alone, by close and the
 * next open. The exit status is 20 + one bit for each old file that still has events.
 *
 * ways: all
 * bare: exit 27
 * guarded: exit 0; inherited-poller repaired x1
 * guarded verify=1: exit 0; inherited-poller repaired x1
 */
#include "fork_ways.h"
#include "poller.h"

static int poller;
static struct line_pipe pipes[4];

static int child(void *none) {
    (void)none;
    struct line_pipe other = new_pipe();
    CHECK(1, close(pipes[0].out) == 0);
    CHECK(2, dup2(other.out, pipes[0].out) == pipes[0].out);
    CHECK(3, dup2(other.out, pipes[1].out) == pipes[1].out);
    CHECK(4, close(pipes[2].out) == 0);
    struct line_pipe opened = new_pipe();
    SETUP(opened.out == pipes[2].out);
    fill(other);
    fill(opened);
    CHECK(5, ready(poller) == 0);
    tell(up);
    await(up);
    int64_t seen = ready(poller);
    CHECK(11, seen >= 0 && (seen & BIT(3)));
    return seen & 7 ? 20 + (int)(seen & 7) : 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    poller = new_poller();
    for (int place = 0; place < 4; place++) {
        pipes[place] = new_pipe();
        SETUP(add(poller, pipes[place].out, EPOLLIN, (uint64_t)place) == 0);
    }
    struct kid kid = start(way, child, NULL);
    await(kid.line);
    for (int place = 0; place < 4; place++)
        fill(pipes[place]);
    tell(kid.line);
    ended(&kid);
    CHECK(12, ready(poller) == 15);
    return 0;
}
