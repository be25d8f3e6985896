/* No hazard: the program drops the registration before it closes, as it should, or the poller is
 * closed before the descriptor.
 *
 * ways: fork _Fork SYS_fork SYS_clone SYS_clone3 clone daemon forkpty thread handler grandchild vfork_exec posix_spawn system popen
 * bare: exit 0
 * guarded: exit 0; nothing
 */
#include "holders.h"
#include "poller.h"

int main(int argc, char **argv) {
    int poller = new_poller(), short_lived = epoll_create1(0);
    struct line_pipe pipe = new_lasting_pipe(), other = new_lasting_pipe();
    SETUP(add(poller, pipe.out, EPOLLIN, 1) == 0);
    SETUP(add(short_lived, other.out, EPOLLIN, 2) == 0);
    struct holder holder = hold(argc, argv);
    CHECK(11, del(poller, pipe.out) == 0);
    CHECK(12, close(pipe.out) == 0);
    CHECK(13, close(short_lived) == 0);
    CHECK(14, close(other.out) == 0);
    fill(pipe);
    CHECK(15, ready(poller) == 0);
    let_go(&holder);
    return 0;
}
