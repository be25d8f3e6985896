/* A child made with CLONE_FILES shares the parent's table of descriptors (clone(2)): giving it a poller of its
 * own would put that in the parent's place. So it is reported and left alone: it goes on with the
 * shared instance, and the parent's number still is the poller it was.
 *
 * ways: none
 * bare: exit 0
 * guarded: exit 0; inherited-poller reported x1
 */
#include "fork_ways.h"
#include "poller.h"
#include <linux/sched.h>

static int poller;
static struct line_pipe first, second;

static int child(void *none) {
    (void)none;
    alarm(ALARM_SECONDS);
    CHECK(21, ready(poller) == BIT(1));
    CHECK(22, add(poller, second.out, EPOLLIN, 2) == 0);
    CHECK(23, ready(poller) == (BIT(1) | BIT(2)));
    return 0;
}

int main(void) {
    static char stack[1 << 18] __attribute__((aligned(16)));
    struct stat before, after;
    static struct interest_list list;
    uint32_t events;
    uint64_t data;
    poller = new_poller();
    first = new_pipe();
    second = new_pipe();
    SETUP(add(poller, first.out, EPOLLIN, 1) == 0);
    fill(first);
    fill(second);
    SETUP(fstat(poller, &before) == 0);
    int copy = raw_dup_above(poller, 100);
    pid_t pid = clone(child, stack + sizeof stack, CLONE_FILES | SIGCHLD, NULL);
    SETUP(pid > 0);
    int status;
    SETUP(waitpid(pid, &status, 0) == pid);
    if (status != 0)
        quit(code_of(status));
    SETUP(fstat(poller, &after) == 0);
    /* Both numbers are one instance still: the list has what was added through the one, and the
     * other can drop it. */
    read_list(copy, &list);
    CHECK(12, list_length(&list) == 2 && listed(&list, second.out, &events, &data) && data == 2);
    CHECK(13, raw_epoll_ctl(copy, EPOLL_CTL_DEL, second.out, NULL) == 0);
    CHECK(14, ready(poller) == BIT(1));
    return 0;
}
