/* As number_reused, but behind the library's back, by system calls no hook sees. Only the kernel knows
 * (kcmp(2), KCMP_EPOLL_TFD), so it has to be asked: `verify=1`.
 *
 * ways: all
 * bare: exit 21
 * guarded verify=1: exit 0; inherited-poller repaired x1
 */
#include "fork_ways.h"
#include "poller.h"

static int poller;
static struct line_pipe old, live_one;

static int child(void *none) {
    (void)none;
    struct line_pipe other = new_pipe();
    CHECK(1, raw_dup3(other.out, old.out, O_CLOEXEC) == old.out);
    fill(other);
    CHECK(20, ready(poller) == 0);
    tell(up);
    await(up);
    CHECK(21, ready(poller) == BIT(2));
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    poller = new_poller();
    old = new_pipe();
    live_one = new_pipe();
    SETUP(add(poller, old.out, EPOLLIN, 1) == 0);
    SETUP(add(poller, live_one.out, EPOLLIN, 2) == 0);
    struct kid kid = start(way, child, NULL);
    await(kid.line);
    fill(old);
    fill(live_one);
    tell(kid.line);
    ended(&kid);
    CHECK(12, ready(poller) == (BIT(1) | BIT(2)));
    return 0;
}
