/* A child that adds a descriptor of its own to the loop it inherited must not wake its parent:
 * the parent would be handed data it never registered (Tornado's KeyError in _handlers).
 * Refused, watched or ended, as the action says, the parent is safe; only reported, it is not.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired x1
 * guarded inherited-poller=poison: exit 21; inherited-poller poisoned x1
 * guarded inherited-poller=report: exit 12; inherited-poller reported x1
 * guarded mode=observe: exit 12; inherited-poller reported x1
 * guarded inherited-poller=off: exit 12; nothing
 * guarded inherited-poller=die: exit 66; inherited-poller died x1
 * guarded inherited-poller=die exitcode=9: exit 9; inherited-poller died x1
 */
#include "fork_ways.h"
#include "poller.h"

static int child(void *arg) {
    int poller = *(int *)arg;
    struct line_pipe own = new_pipe();
    int answer = add(poller, own.out, EPOLLIN, 7);
    CHECK(20, answer == 0 || errno == EBADF);
    CHECK(21, answer == 0);
    fill(own);
    CHECK(22, ready(poller) == BIT(7));
    tell(up);
    await(up); /* the pipe lives until the parent has looked */
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    int poller = new_poller();
    struct line_pipe pipe = new_pipe();
    SETUP(add(poller, pipe.out, EPOLLIN, 1) == 0);
    struct kid kid = start(way, child, &poller);
    await(kid.line);
    CHECK(12, ready(poller) == 0);
    fill(pipe);
    CHECK(13, ready(poller) == BIT(1));
    tell(kid.line);
    ended(&kid);
    return 0;
}
