/* No hazard: calls of the close family after which the descriptor is still open. dup2 onto itself,
 * dup2 and dup3 that fail, close_range that only marks (CLOSE_RANGE_CLOEXEC), close of a wrong number:
 * its registration must stay.
 *
 * ways: fork _Fork SYS_fork SYS_clone SYS_clone3 clone daemon forkpty thread handler grandchild vfork_exec posix_spawn system popen
 * bare: exit 0
 * guarded: exit 0; nothing
 */
#include "holders.h"
#include "poller.h"
#include <linux/close_range.h>

int main(int argc, char **argv) {
    int poller = new_poller();
    struct line_pipe pipe = new_lasting_pipe();
    SETUP(add(poller, pipe.out, EPOLLIN, 1) == 0);
    struct holder holder = hold(argc, argv);
    unsigned number = (unsigned)pipe.out;
    CHECK(11, dup2(pipe.out, pipe.out) == pipe.out);
    CHECK(12, dup2(9999, pipe.out) == -1 && errno == EBADF);
    CHECK(13, dup2(-1, pipe.out) == -1 && errno == EBADF);
    CHECK(14, dup3(pipe.out, pipe.out, 0) == -1 && errno == EINVAL);
    CHECK(15, dup3(pipe.in, pipe.out, 12345) == -1 && errno == EINVAL);
    CHECK(16, close_range(number, number, CLOSE_RANGE_CLOEXEC) == 0);
    CHECK(17, close_range(number, number - 1, 0) == -1 && errno == EINVAL);
    CHECK(18, close_range(number, number, 1 << 20) == -1 && errno == EINVAL);
    CHECK(19, close(9999) == -1 && errno == EBADF);
    CHECK(20, close(-1) == -1 && errno == EBADF);
    fill(pipe);
    CHECK(21, ready(poller) == BIT(1));
    CHECK(22, mod(poller, pipe.out, EPOLLIN, 2) == 0);
    CHECK(23, ready(poller) == BIT(2));
    let_go(&holder);
    return 0;
}
