/* A child that marks all it inherited (close_range with CLOSE_RANGE_CLOEXEC) has closed nothing: its
 * own loop has every registration, and its number keeps the mark.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired x1
 */
#include "fork_ways.h"
#include "poller.h"
#include <linux/close_range.h>

static int poller;
static struct line_pipe pipe_;

static int child(void *none) {
    (void)none;
    CHECK(20, close_range(3, 199, CLOSE_RANGE_CLOEXEC) == 0);
    CHECK(21, mod(poller, pipe_.out, EPOLLIN, 2) == 0);
    fill(pipe_);
    CHECK(22, ready(poller) == BIT(2));
    CHECK(23, fcntl(poller, F_GETFD) == FD_CLOEXEC);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    poller = epoll_create1(0);
    SETUP(poller != -1);
    pipe_ = new_pipe();
    SETUP(add(poller, pipe_.out, EPOLLIN, 1) == 0);
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    CHECK(12, ready(poller) == BIT(1));
    return 0;
}
