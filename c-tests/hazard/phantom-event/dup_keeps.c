/* No hazard: the registered number is closed, but another number here refers to its file, so the kernel
 * goes on reporting it (epoll(7), Q6), and programs may count on it. The other number was made before
 * the fork, or after it, by dup, dup2 or F_DUPFD.
 *
 * ways: fork _Fork SYS_fork SYS_clone SYS_clone3 clone daemon forkpty thread handler grandchild vfork_exec posix_spawn system popen
 * bare: exit 0
 * guarded: exit 0; nothing
 */
#include "holders.h"
#include "poller.h"

enum { COUNT = 4 };

int main(int argc, char **argv) {
    int poller = new_poller();
    struct line_pipe pipes[COUNT];
    for (int place = 0; place < COUNT; place++) {
        pipes[place] = new_lasting_pipe();
        SETUP(add(poller, pipes[place].out, EPOLLIN, (uint64_t)place) == 0);
    }
    SETUP(dup(pipes[0].out) != -1);
    struct holder holder = hold(argc, argv);
    SETUP(dup(pipes[1].out) != -1);
    SETUP(dup2(pipes[2].out, 60) == 60);
    SETUP(fcntl(pipes[3].out, F_DUPFD_CLOEXEC, 70) != -1);
    for (int place = 0; place < COUNT; place++) {
        CHECK(11, close(pipes[place].out) == 0);
        fill(pipes[place]);
    }
    CHECK(12, ready(poller) == 15);
    let_go(&holder);
    CHECK(13, ready(poller) == 15);
    return 0;
}
