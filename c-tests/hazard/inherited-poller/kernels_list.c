/* After a vfork child has changed the list, the records are not trusted and the kernel's list is copied. That
 * copy keeps what a rebuild from the records keeps: an inner poller is the child's own, and a one-shot
 * that has fired stays fired until it is armed again.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired
 */
#include "fork_ways.h"
#include "poller.h"

static int outer, inner;
static struct line_pipe common, shot;

static int child(void *none) {
    (void)none;
    struct line_pipe own = new_pipe();
    CHECK(20, ready(outer) == 0);
    CHECK(21, add(inner, own.out, EPOLLIN, 7) == 0);
    fill(own);
    CHECK(22, ready(outer) == BIT(5));
    CHECK(23, mod(outer, shot.out, EPOLLIN | EPOLLONESHOT, 6) == 0);
    CHECK(24, ready(outer) == (BIT(5) | BIT(6)));
    tell(up);
    await(up);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = 5};
    outer = new_poller();
    inner = new_poller();
    common = new_pipe();
    shot = new_pipe();
    SETUP(add(inner, common.out, EPOLLIN, 1) == 0);
    SETUP(add(outer, inner, EPOLLIN, 4) == 0);
    SETUP(add(outer, shot.out, EPOLLIN | EPOLLONESHOT, 6) == 0);
    fill(shot);
    SETUP(ready(outer) == BIT(6));
    pid_t visitor = vfork();
    if (visitor == 0) {
        epoll_ctl(outer, EPOLL_CTL_MOD, inner, &event);
        _exit(0);
    }
    SETUP(visitor > 0 && waitpid(visitor, NULL, 0) == visitor);
    struct kid kid = start(way, child, NULL);
    await(kid.line);
    CHECK(12, ready(outer) == 0);
    tell(kid.line);
    ended(&kid);
    return 0;
}
