/* The child's limit of open files is below what it has open, so that no descriptor can be made
 * (EMFILE, getrlimit(2)): its calls are refused with EBADF, and the parent's loop is untouched.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; inherited-poller failed errno=24 x1
 */
#include "fork_ways.h"
#include "poller.h"

static int poller;
static struct line_pipe pipe_;

static int child(void *none) {
    (void)none;
    struct epoll_event event;
    SETUP(setrlimit(RLIMIT_NOFILE, &(struct rlimit){3, 3}) == 0);
    int answer = del(poller, pipe_.out), why = errno;
    tell(up);
    await(up);
    CHECK(21, answer == -1 && why == EBADF);
    CHECK(22, epoll_wait(poller, &event, 1, 0) == -1 && errno == EBADF);
    CHECK(23, close(poller) == 0);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    poller = new_poller();
    pipe_ = new_pipe();
    SETUP(add(poller, pipe_.out, EPOLLIN, 1) == 0);
    fill(pipe_);
    struct kid kid = start(way, child, NULL);
    await(kid.line);
    CHECK(12, ready(poller) == BIT(1));
    tell(kid.line);
    ended(&kid);
    return 0;
}
