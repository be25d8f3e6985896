/* A child that drops a descriptor from the loop it inherited must not deafen its parent.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired x1
 * guarded inherited-poller=poison: exit 21; inherited-poller poisoned x1
 * guarded inherited-poller=report: exit 12; inherited-poller reported x1
 * guarded inherited-poller=die: exit 66; inherited-poller died x1
 */
#include "fork_ways.h"
#include "poller.h"

static int poller;
static struct line_pipe first, second;

static int child(void *none) {
    (void)none;
    int answer = del(poller, first.out);
    int error = errno;
    tell(up);
    await(up);
    CHECK(20, answer == 0 || error == EBADF);
    CHECK(21, answer == 0);
    CHECK(22, ready(poller) == BIT(2));
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    poller = new_poller();
    first = new_pipe();
    second = new_pipe();
    SETUP(add(poller, first.out, EPOLLIN, 1) == 0);
    SETUP(add(poller, second.out, EPOLLIN, 2) == 0);
    struct kid kid = start(way, child, NULL);
    await(kid.line);
    fill(first);
    fill(second);
    CHECK(12, ready(poller) == (BIT(1) | BIT(2)));
    tell(kid.line);
    ended(&kid);
    return 0;
}
