/* Three pollers deep, the innermost in two middle ones, one of these touched before the outermost.
 * The child hears through all of them what it puts into the innermost; the parent hears nothing.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired
 */
#include "fork_ways.h"
#include "poller.h"

static int outermost, left, right, innermost;

static int child(void *none) {
    (void)none;
    struct line_pipe own = new_pipe();
    CHECK(21, ready(right) == 0);
    CHECK(22, ready(outermost) == 0);
    CHECK(23, add(innermost, own.out, EPOLLIN, 7) == 0);
    fill(own);
    CHECK(24, ready(outermost) == (BIT(3) | BIT(4)));
    CHECK(25, ready(left) == BIT(1));
    CHECK(26, ready(right) == BIT(2));
    CHECK(27, ready(innermost) == BIT(7));
    CHECK(28, del(left, innermost) == 0);
    CHECK(29, ready(outermost) == BIT(4));
    CHECK(30, add(left, innermost, EPOLLIN, 1) == 0);
    tell(up);
    await(up);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    outermost = new_poller();
    left = new_poller();
    right = new_poller();
    innermost = new_poller();
    SETUP(add(left, innermost, EPOLLIN, 1) == 0);
    SETUP(add(right, innermost, EPOLLIN, 2) == 0);
    SETUP(add(outermost, left, EPOLLIN, 3) == 0);
    SETUP(add(outermost, right, EPOLLIN, 4) == 0);
    struct kid kid = start(way, child, NULL);
    await(kid.line);
    CHECK(12, ready(outermost) == 0);
    tell(kid.line);
    ended(&kid);
    struct line_pipe own = new_pipe();
    CHECK(13, add(innermost, own.out, EPOLLIN, 9) == 0);
    fill(own);
    CHECK(14, ready(outermost) == (BIT(3) | BIT(4)));
    return 0;
}
