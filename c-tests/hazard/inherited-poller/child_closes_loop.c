/* A child that tidily closes the loop it inherited (unregisters all, closes all, closes the
 * poller, as asyncio's loop.close() does) must not deafen its parent.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired x1
 */
#include "fork_ways.h"
#include "poller.h"

static int poller;
static struct line_pipe pipes[3];

static int child(void *none) {
    (void)none;
    for (int place = 0; place < 3; place++) {
        CHECK(21, del(poller, pipes[place].out) == 0);
        CHECK(22, close(pipes[place].out) == 0);
        CHECK(23, close(pipes[place].in) == 0);
    }
    CHECK(24, close(poller) == 0);
    CHECK(25, epoll_wait(poller, &(struct epoll_event){0}, 1, 0) == -1 && errno == EBADF);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    poller = new_poller();
    for (int place = 0; place < 3; place++) {
        pipes[place] = new_pipe();
        SETUP(add(poller, pipes[place].out, EPOLLIN, (uint64_t)place) == 0);
    }
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    for (int place = 0; place < 3; place++)
        fill(pipes[place]);
    CHECK(12, ready(poller) == (BIT(0) | BIT(1) | BIT(2)));
    return 0;
}
