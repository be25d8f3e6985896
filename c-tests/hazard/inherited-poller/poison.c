/* `poison`: every call of the child on the loop it inherited fails with EBADF, on each of its
 * numbers; the parent's loop is untouched; one finding says so. Closing works, and the number is
 * the child's to use again.
 *
 * ways: all
 * bare: exit 12
 * guarded inherited-poller=poison: exit 0; inherited-poller poisoned x1
 */
#include "fork_ways.h"
#include "poller.h"

static int poller, also;
static struct line_pipe pipe_;
static struct interest_list before, after;

static int child(void *none) {
    (void)none;
    struct epoll_event event;
    struct timespec now = {0, 0};
    int answer = del(poller, pipe_.out), why = errno;
    tell(up);
    await(up);
    CHECK(21, answer == -1 && why == EBADF);
    CHECK(22, add(poller, pipe_.in, EPOLLOUT, 2) == -1 && errno == EBADF);
    CHECK(23, mod(poller, pipe_.out, EPOLLIN, 2) == -1 && errno == EBADF);
    CHECK(24, epoll_wait(poller, &event, 1, 0) == -1 && errno == EBADF);
    CHECK(25, epoll_pwait(poller, &event, 1, 0, NULL) == -1 && errno == EBADF);
    CHECK(26, epoll_pwait2(poller, &event, 1, &now, NULL) == -1 && errno == EBADF);
    CHECK(27, epoll_wait(also, &event, 1, 0) == -1 && errno == EBADF);
    int copy = dup(poller);
    CHECK(28, copy != -1 && epoll_wait(copy, &event, 1, 0) == -1 && errno == EBADF);
    CHECK(29, close(poller) == 0);
    CHECK(30, new_poller() == poller);
    CHECK(31, add(poller, pipe_.out, EPOLLIN, 3) == 0);
    CHECK(32, ready(poller) == BIT(3));
    CHECK(33, dup2(poller, also) == also);
    CHECK(34, ready(also) == BIT(3));
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    poller = new_poller();
    also = dup(poller);
    pipe_ = new_pipe();
    SETUP(also != -1 && add(poller, pipe_.out, EPOLLIN, 1) == 0);
    fill(pipe_);
    read_list(poller, &before);
    struct kid kid = start(way, child, NULL);
    await(kid.line);
    CHECK(12, ready(poller) == BIT(1));
    tell(kid.line);
    ended(&kid);
    read_list(poller, &after);
    CHECK(13, same_list(&before, &after));
    return 0;
}
