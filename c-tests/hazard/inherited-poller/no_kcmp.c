/* kcmp(2) is refused in the child, as containers do: what the library was told by its hooks must
 * do. A dup'ed poller, a file that lives on under a dup, one-shots that have and have not fired and a
 * nested pair are mended all the same.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired
 * guarded verify=1: exit 0; inherited-poller repaired
 * may skip: needs seccomp filters
 */
#include "fork_ways.h"
#include "poller.h"
#include "refuse.h"

static int outer, poller, also;
static struct line_pipe kept, fired, armed;
static struct interest_list before, after;

static int child(void *none) {
    (void)none;
    refuse(SYS_kcmp, EPERM);
    SETUP(dup(kept.out) != -1);
    CHECK(20, close(kept.out) == 0);
    CHECK(21, ready(also) == BIT(3));
    CHECK(22, ready(poller) == 0);
    fill(kept);
    CHECK(23, ready(poller) == BIT(1));
    CHECK(24, ready(outer) == BIT(9));
    CHECK(25, mod(also, fired.out, EPOLLIN, 5) == 0);
    CHECK(26, ready(poller) == (BIT(1) | BIT(5)));
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    poller = new_poller();
    also = dup(poller);
    outer = new_poller();
    kept = new_pipe();
    fired = new_pipe();
    armed = new_pipe();
    fill(fired);
    SETUP(add(poller, kept.out, EPOLLIN, 1) == 0);
    SETUP(add(poller, fired.out, EPOLLIN | EPOLLONESHOT, 2) == 0);
    SETUP(ready(poller) == BIT(2));
    SETUP(add(poller, armed.out, EPOLLIN | EPOLLONESHOT, 3) == 0);
    SETUP(add(outer, poller, EPOLLIN, 9) == 0);
    fill(armed);
    read_list(poller, &before);
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    read_list(poller, &after);
    CHECK(12, same_list(&before, &after));
    return 0;
}
