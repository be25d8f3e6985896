/* The registered number is closed first, and its file lives on here under a dup: events go on. Then
 * the dup is closed, the last number here, while another process holds the file: no more events.
 *
 * ways: fork _Fork SYS_fork SYS_clone SYS_clone3 clone daemon forkpty thread handler grandchild vfork_exec posix_spawn system popen
 * bare: exit 12
 * guarded: exit 0; phantom-event repaired x1
 */
#include "holders.h"
#include "poller.h"

int main(int argc, char **argv) {
    int poller = new_poller();
    struct line_pipe pipe = new_lasting_pipe();
    SETUP(add(poller, pipe.out, EPOLLIN, 1) == 0);
    int other = dup(pipe.out);
    SETUP(other != -1);
    struct holder holder = hold(argc, argv);
    CHECK(10, close(pipe.out) == 0);
    fill(pipe);
    CHECK(11, ready(poller) == BIT(1));
    CHECK(13, close(other) == 0);
    CHECK(12, ready(poller) == 0);
    let_go(&holder);
    return 0;
}
