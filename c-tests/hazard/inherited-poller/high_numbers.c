/* Poller and registration have the highest numbers the limit allows; so has a dup of the poller.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired x1
 */
#include "fork_ways.h"
#include "poller.h"

static int poller, also, watched;

static int child(void *none) {
    (void)none;
    CHECK(21, ready(poller) == BIT(1));
    CHECK(22, mod(also, watched, EPOLLOUT, 2) == 0);
    CHECK(23, ready(also) == BIT(2));
    CHECK(24, del(poller, watched) == 0);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    struct rlimit limit;
    SETUP(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = limit.rlim_max;
    SETUP(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    int top = (int)(limit.rlim_cur > 1 << 20 ? 1 << 20 : limit.rlim_cur);
    int low = new_poller(), file = eventfd(1, EFD_CLOEXEC);
    watched = dup2(file, top - 1);
    poller = dup2(low, top - 2);
    also = dup2(low, top - 3);
    SETUP(file != -1 && watched != -1 && poller != -1 && also != -1);
    SETUP(close(low) == 0 && close(file) == 0);
    SETUP(add(poller, watched, EPOLLIN, 1) == 0);
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    CHECK(12, ready(also) == BIT(1));
    return 0;
}
