/* Of two inner pollers the child closes one before its first touch of the outer, and renames the
 * other (dup, then close): the outer one must have lost the first, and hear the second, as the
 * kernel keeps a registration while its file lives (epoll(7), Q6).
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired
 */
#include "fork_ways.h"
#include "poller.h"

static int outer, closed, renamed;
static struct line_pipe common;

static int child(void *none) {
    (void)none;
    struct line_pipe own = new_pipe();
    int now = fcntl(renamed, F_DUPFD_CLOEXEC, 90);
    SETUP(now != -1);
    CHECK(20, close(closed) == 0);
    CHECK(21, close(renamed) == 0);
    CHECK(22, ready(outer) == 0);
    CHECK(23, add(now, own.out, EPOLLIN, 7) == 0);
    fill(own);
    CHECK(24, ready(outer) == BIT(3));
    CHECK(25, ready(now) == BIT(7));
    tell(up);
    await(up);
    CHECK(26, del(now, own.out) == 0);
    CHECK(27, ready(outer) == BIT(3));
    CHECK(28, ready(now) == BIT(1));
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    outer = new_poller();
    closed = new_poller();
    renamed = new_poller();
    common = new_pipe();
    SETUP(add(closed, common.out, EPOLLIN, 1) == 0);
    SETUP(add(renamed, common.out, EPOLLIN, 1) == 0);
    SETUP(add(outer, closed, EPOLLIN, 2) == 0);
    SETUP(add(outer, renamed, EPOLLIN, 3) == 0);
    struct kid kid = start(way, child, NULL);
    await(kid.line);
    CHECK(12, ready(outer) == 0);
    fill(common);
    CHECK(13, ready(outer) == (BIT(2) | BIT(3)));
    tell(kid.line);
    ended(&kid);
    return 0;
}
