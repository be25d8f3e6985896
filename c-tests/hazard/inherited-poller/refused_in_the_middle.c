/* The child's poller can be made, but its third registration of five is refused with ENOSPC
 * (max_user_watches, epoll(7)), then ENOMEM: it must not be left with half a loop. Its calls are refused with
 * EBADF, no number leaks, and the parent's loop is untouched.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; inherited-poller failed errno=28 x1, inherited-poller failed errno=12 x1
 * may skip: needs seccomp filters
 */
#include "fork_ways.h"
#include "poller.h"
#include "refuse.h"

static int poller;
static struct line_pipe pipes[5];

static int child(void *error) {
    struct epoll_event event;
    refuse_with(SYS_epoll_ctl, EPOLL_CTL_ADD, pipes[2].out, *(const int *)error);
    int lowest = dup(0);
    SETUP(lowest != -1 && close(lowest) == 0);
    int answer = del(poller, pipes[0].out), why = errno;
    tell(up);
    await(up);
    CHECK(21, answer == -1 && why == EBADF);
    CHECK(22, epoll_wait(poller, &event, 1, 0) == -1 && errno == EBADF);
    CHECK(23, mod(poller, pipes[1].out, EPOLLIN, 9) == -1 && errno == EBADF);
    CHECK(24, dup(0) == lowest);
    return 0;
}

int main(int argc, char **argv) {
    static const int ERRORS[] = {ENOSPC, ENOMEM};
    const struct way *way = which_way(argc, argv);
    poller = new_poller();
    for (int place = 0; place < 5; place++) {
        pipes[place] = new_pipe();
        SETUP(add(poller, pipes[place].out, EPOLLIN, (uint64_t)place) == 0);
        fill(pipes[place]);
    }
    for (int place = 0; place < 2; place++) {
        struct kid kid = start(way, child, (void *)&ERRORS[place]);
        await(kid.line);
        CHECK(12, ready(poller) == 31);
        tell(kid.line);
        ended(&kid);
    }
    return 0;
}
