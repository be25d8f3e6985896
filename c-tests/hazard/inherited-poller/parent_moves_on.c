/* The parent adds, changes, drops and closes after the fork and before the child first looks: the
 * child's loop is the one of the fork, not the one the kernel shows by then.
 *
 * ways: all
 * bare: exit 21
 * guarded: exit 0; inherited-poller repaired x1
 */
#include "fork_ways.h"
#include "poller.h"

static int poller;
static struct line_pipe pipes[5];

static int child(void *none) {
    (void)none;
    await(up);
    CHECK(21, ready(poller) == (BIT(0) | BIT(1) | BIT(2) | BIT(3)));
    CHECK(22, del(poller, pipes[4].out) == -1 && errno == ENOENT);
    tell(up);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    poller = new_poller();
    for (int place = 0; place < 5; place++) {
        pipes[place] = new_pipe();
        fill(pipes[place]);
        if (place < 4)
            SETUP(add(poller, pipes[place].out, EPOLLIN, (uint64_t)place) == 0);
    }
    struct kid kid = start(way, child, NULL);
    CHECK(12, del(poller, pipes[0].out) == 0);
    CHECK(13, mod(poller, pipes[1].out, EPOLLIN, 9) == 0);
    CHECK(14, mod(poller, pipes[2].out, EPOLLPRI, 2) == 0);
    CHECK(15, del(poller, pipes[3].out) == 0);
    CHECK(16, close(pipes[3].out) == 0);
    CHECK(17, add(poller, pipes[4].out, EPOLLIN, 4) == 0);
    tell(kid.line);
    await(kid.line);
    CHECK(18, ready(poller) == (BIT(9) | BIT(4)));
    ended(&kid);
    return 0;
}
