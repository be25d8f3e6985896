/* The child's own instance has the flags of the one it inherited: FD_CLOEXEC number by number,
 * O_NONBLOCK of the file. And it is its own: a flag it changes is not changed for the parent.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired x2
 */
#include "fork_ways.h"
#include "poller.h"

static int closing, staying, plain, flags;

static int child(void *none) {
    (void)none;
    CHECK(21, ready(closing) == 0);
    CHECK(22, fcntl(closing, F_GETFD) == FD_CLOEXEC);
    CHECK(23, fcntl(staying, F_GETFD) == 0);
    CHECK(24, fcntl(closing, F_GETFL) == flags);
    CHECK(25, fcntl(staying, F_GETFL) == flags);
    CHECK(26, ready(plain) == 0);
    CHECK(27, fcntl(plain, F_GETFD) == 0);
    CHECK(28, fcntl(plain, F_GETFL) == (flags & ~O_NONBLOCK));
    CHECK(29, fcntl(closing, F_SETFL, flags & ~O_NONBLOCK) == 0);
    CHECK(30, fcntl(staying, F_GETFL) == (flags & ~O_NONBLOCK));
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    closing = new_poller();
    staying = dup(closing);
    plain = epoll_create(1);
    SETUP(staying != -1 && plain != -1);
    flags = fcntl(closing, F_GETFL) | O_NONBLOCK;
    SETUP(fcntl(closing, F_SETFL, flags) == 0 && fcntl(closing, F_GETFL) == flags);
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    CHECK(12, fcntl(closing, F_GETFL) == flags);
    CHECK(13, fcntl(staying, F_GETFD) == 0 && fcntl(closing, F_GETFD) == FD_CLOEXEC);
    return 0;
}
