/* ADD, MOD and DEL answer in child and parent as two private instances would: each side's EEXIST
 * and ENOENT tell of its own list alone.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired x1
 */
#include "fork_ways.h"
#include "poller.h"

static int poller;
static struct line_pipe first, second;

static int child(void *none) {
    (void)none;
    CHECK(21, add(poller, first.out, EPOLLIN, 3) == -1 && errno == EEXIST);
    CHECK(22, del(poller, second.out) == -1 && errno == ENOENT);
    CHECK(23, add(poller, second.out, EPOLLIN, 4) == 0);
    CHECK(24, del(poller, first.out) == 0);
    tell(up);
    await(up);
    CHECK(25, add(poller, second.out, EPOLLIN, 4) == -1 && errno == EEXIST);
    CHECK(26, mod(poller, first.out, EPOLLIN, 5) == -1 && errno == ENOENT);
    CHECK(27, add(poller, poller, EPOLLIN, 5) == -1 && errno == EINVAL);
    CHECK(28, add(poller, 9999, EPOLLIN, 5) == -1 && errno == EBADF);
    CHECK(29, epoll_ctl(poller, 99, second.out, &(struct epoll_event){0}) == -1 && errno == EINVAL);
    CHECK(30, del(poller, second.out) == 0);
    tell(up);
    await(up);
    CHECK(31, add(poller, first.out, EPOLLIN, 6) == 0);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    poller = new_poller();
    first = new_pipe();
    second = new_pipe();
    SETUP(add(poller, first.out, EPOLLIN, 1) == 0);
    struct kid kid = start(way, child, NULL);
    await(kid.line);
    CHECK(12, add(poller, first.out, EPOLLIN, 1) == -1 && errno == EEXIST);
    CHECK(13, del(poller, second.out) == -1 && errno == ENOENT);
    CHECK(14, mod(poller, first.out, EPOLLIN, 2) == 0);
    tell(kid.line);
    await(kid.line);
    CHECK(15, add(poller, second.out, EPOLLIN, 2) == 0);
    CHECK(16, del(poller, first.out) == 0);
    CHECK(17, del(poller, first.out) == -1 && errno == ENOENT);
    tell(kid.line);
    ended(&kid);
    return 0;
}
