/* A loop made by a system call by instruction is not known as this process's: it is never mended, and the child's
 * addition wakes its parent as it does bare. Pinned. That the loop is shared is said where it is used.
 *
 * ways: fork SYS_clone
 * bare: exit 12
 * guarded: exit 12; inherited-poller reported
 */
#include "fork_ways.h"
#include "poller.h"

static int child(void *arg) {
    int poller = *(int *)arg;
    struct line_pipe own = new_pipe();
    CHECK(20, add(poller, own.out, EPOLLIN, 7) == 0);
    fill(own);
    CHECK(21, ready(poller) == BIT(7));
    tell(up);
    await(up);
    return 0;
}

int main(int argc, char **argv) {
    int poller = (int)raw_call(SYS_epoll_create1, EPOLL_CLOEXEC);
    SETUP(poller != -1);
    struct kid kid = start(which_way(argc, argv), child, &poller);
    await(kid.line);
    CHECK(12, ready(poller) == 0);
    tell(kid.line);
    ended(&kid);
    return 0;
}
