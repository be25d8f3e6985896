/* A descriptor in two pollers, under two data: closed here, it is silent in both.
 *
 * ways: fork _Fork SYS_fork SYS_clone SYS_clone3 clone daemon forkpty thread handler grandchild vfork_exec posix_spawn system popen
 * bare: exit 12
 * guarded: exit 0; phantom-event repaired
 */
#include "holders.h"
#include "poller.h"

int main(int argc, char **argv) {
    int one = new_poller(), other = new_poller();
    struct line_pipe pipe = new_lasting_pipe();
    SETUP(add(one, pipe.out, EPOLLIN, 1) == 0);
    SETUP(add(other, pipe.out, EPOLLIN | EPOLLET, 2) == 0);
    struct holder holder = hold(argc, argv);
    CHECK(11, close(pipe.out) == 0);
    fill(pipe);
    CHECK(12, ready(one) == 0);
    CHECK(13, ready(other) == 0);
    let_go(&holder);
    return 0;
}
