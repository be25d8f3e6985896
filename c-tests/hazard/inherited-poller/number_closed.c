/* A descriptor the child closes before it first touches the loop is gone from the child's loop,
 * although the parent holds its file: closed by close, close_range, syscall(SYS_close) or an instruction no hook
 * sees. The exit status is 20 + one bit for each closed descriptor that still has events.
 *
 * ways: all
 * bare: exit 35
 * guarded: exit 0; inherited-poller repaired x1
 * guarded verify=1: exit 0; inherited-poller repaired x1
 */
#include "fork_ways.h"
#include "poller.h"

static int poller;
static struct line_pipe pipes[5];

static int child(void *none) {
    (void)none;
    CHECK(1, close(pipes[0].out) == 0);
    CHECK(2, close_range((unsigned)pipes[1].out, (unsigned)pipes[1].out, 0) == 0);
    CHECK(3, syscall(SYS_close, pipes[2].out) == 0);
    CHECK(4, raw_close(pipes[3].out) == 0);
    tell(up);
    await(up);
    int64_t seen = ready(poller);
    CHECK(11, seen >= 0 && (seen & BIT(4)));
    return seen & 15 ? 20 + (int)(seen & 15) : 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    poller = new_poller();
    for (int place = 0; place < 5; place++) {
        pipes[place] = new_pipe();
        SETUP(add(poller, pipes[place].out, EPOLLIN, (uint64_t)place) == 0);
    }
    struct kid kid = start(way, child, NULL);
    await(kid.line);
    for (int place = 0; place < 5; place++)
        fill(pipes[place]);
    tell(kid.line);
    ended(&kid);
    CHECK(12, ready(poller) == 31);
    return 0;
}
