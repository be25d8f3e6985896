/* The number of a closed registration is given to another file, which is registered as well, while
 * another process holds the first file. Its events must not be taken for the second one's, nor
 * come at all.
 *
 * ways: fork _Fork SYS_fork SYS_clone SYS_clone3 clone daemon forkpty thread handler grandchild vfork_exec posix_spawn system popen
 * bare: exit 12
 * guarded: exit 0; phantom-event repaired x1
 */
#include "holders.h"
#include "poller.h"

int main(int argc, char **argv) {
    int poller = new_poller();
    struct line_pipe first = new_lasting_pipe();
    SETUP(add(poller, first.out, EPOLLIN, 1) == 0);
    struct holder holder = hold(argc, argv);
    CHECK(11, close(first.out) == 0);
    struct line_pipe second = new_pipe();
    SETUP(second.out == first.out);
    CHECK(13, add(poller, second.out, EPOLLIN, 2) == 0);
    fill(first);
    CHECK(12, ready(poller) == 0);
    fill(second);
    CHECK(14, ready(poller) == BIT(2));
    CHECK(15, del(poller, second.out) == 0);
    CHECK(16, ready(poller) == 0);
    let_go(&holder);
    return 0;
}
