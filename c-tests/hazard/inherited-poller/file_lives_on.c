/* A registered number is closed in the child before the first touch, but its file lives on there
 * under another number: the kernel would go on reporting it (epoll(7), Q6), so the child's own loop must too.
 * The other number was made before the fork, or in the child.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired registrations=2 lost=0 x1
 * guarded verify=1: exit 0; inherited-poller repaired x1
 */
#include "fork_ways.h"
#include "poller.h"

static int poller, before;
static struct line_pipe pipes[2];
static struct interest_list at_fork, now;

static int child(void *none) {
    (void)none;
    CHECK(1, close(pipes[0].out) == 0);
    int after = fcntl(pipes[1].out, F_DUPFD_CLOEXEC, 90);
    CHECK(2, after != -1 && close(pipes[1].out) == 0);
    CHECK(20, ready(poller) == 0);
    for (int place = 0; place < 2; place++)
        fill(pipes[place]);
    CHECK(21, ready(poller) == (BIT(0) | BIT(1)));
    CHECK(22, add(poller, before, EPOLLIN, 8) == 0);
    CHECK(23, ready(poller) == (BIT(0) | BIT(1) | BIT(8)));
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    poller = new_poller();
    for (int place = 0; place < 2; place++) {
        pipes[place] = new_pipe();
        SETUP(add(poller, pipes[place].out, EPOLLIN, (uint64_t)place) == 0);
    }
    before = dup(pipes[0].out);
    SETUP(before != -1);
    read_list(poller, &at_fork);
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    read_list(poller, &now);
    CHECK(12, same_list(&at_fork, &now));
    CHECK(13, ready(poller) == (BIT(0) | BIT(1)));
    return 0;
}
