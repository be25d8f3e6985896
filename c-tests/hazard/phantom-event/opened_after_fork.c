/* No hazard: a descriptor opened, registered and closed after the last fork is nobody else's.
 * Closing it is not reported and answers as it always does.
 *
 * ways: fork _Fork SYS_fork SYS_clone SYS_clone3 clone daemon forkpty thread handler grandchild vfork_exec posix_spawn system popen
 * bare: exit 0
 * guarded: exit 0; nothing
 */
#include "holders.h"
#include "poller.h"

int main(int argc, char **argv) {
    int poller = new_poller();
    struct line_pipe before = new_lasting_pipe();
    SETUP(add(poller, before.out, EPOLLIN, 1) == 0);
    struct holder holder = hold(argc, argv);
    struct line_pipe own = new_lasting_pipe();
    CHECK(11, add(poller, own.out, EPOLLIN, 2) == 0);
    fill(own);
    CHECK(12, ready(poller) == BIT(2));
    CHECK(13, close(own.out) == 0);
    CHECK(14, ready(poller) == 0);
    CHECK(15, close(own.out) == -1 && errno == EBADF);
    CHECK(16, close(own.in) == 0);
    fill(before);
    CHECK(17, ready(poller) == BIT(1));
    let_go(&holder);
    return 0;
}
