/* The child cannot have a poller of its own: epoll_create1 fails with EMFILE, ENFILE, then ENOMEM.
 * Its calls are then refused with EBADF, every time, and the parent's loop is untouched. Closing
 * still works.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; inherited-poller failed errno=24 x1, inherited-poller failed errno=23 x1, inherited-poller failed errno=12 x1
 * may skip: needs seccomp filters
 */
#include "fork_ways.h"
#include "poller.h"
#include "refuse.h"

static int poller;
static struct line_pipe pipe_;

static int child(void *error) {
    struct epoll_event event;
    refuse(SYS_epoll_create1, *(const int *)error);
    int answer = del(poller, pipe_.out), why = errno;
    tell(up);
    await(up);
    CHECK(21, answer == -1 && why == EBADF);
    CHECK(22, epoll_wait(poller, &event, 1, 0) == -1 && errno == EBADF);
    CHECK(23, add(poller, pipe_.in, EPOLLOUT, 2) == -1 && errno == EBADF);
    CHECK(24, epoll_pwait(poller, &event, 1, 0, NULL) == -1 && errno == EBADF);
    CHECK(25, close(poller) == 0);
    return 0;
}

int main(int argc, char **argv) {
    static const int ERRORS[] = {EMFILE, ENFILE, ENOMEM};
    const struct way *way = which_way(argc, argv);
    poller = new_poller();
    pipe_ = new_pipe();
    SETUP(add(poller, pipe_.out, EPOLLIN, 1) == 0);
    fill(pipe_);
    for (int place = 0; place < 3; place++) {
        struct kid kid = start(way, child, (void *)&ERRORS[place]);
        await(kid.line);
        CHECK(12, ready(poller) == BIT(1));
        tell(kid.line);
        ended(&kid);
    }
    return 0;
}
