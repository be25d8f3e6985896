/* A nested pair whose outer poller can be made and whose inner one cannot be filled: neither may
 * be left half, and the parent's pair is untouched.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; inherited-poller failed
 * may skip: needs seccomp filters
 */
#include "fork_ways.h"
#include "poller.h"
#include "refuse.h"

static int outer, inner;
static struct line_pipe pipe_;

static int child(void *none) {
    (void)none;
    struct epoll_event event;
    refuse_with(SYS_epoll_ctl, EPOLL_CTL_ADD, pipe_.out, ENOSPC);
    int answer = del(outer, inner), why = errno;
    tell(up);
    await(up);
    CHECK(21, answer == -1 && why == EBADF);
    CHECK(22, epoll_wait(outer, &event, 1, 0) == -1 && errno == EBADF);
    CHECK(23, epoll_wait(inner, &event, 1, 0) == -1 && errno == EBADF);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    outer = new_poller();
    inner = new_poller();
    pipe_ = new_pipe();
    SETUP(add(inner, pipe_.out, EPOLLIN, 1) == 0);
    SETUP(add(outer, inner, EPOLLIN, 2) == 0);
    fill(pipe_);
    struct kid kid = start(way, child, NULL);
    await(kid.line);
    CHECK(12, ready(outer) == BIT(2));
    tell(kid.line);
    ended(&kid);
    return 0;
}
