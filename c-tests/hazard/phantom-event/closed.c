/* A registered descriptor is closed here while another process holds its file: no event may come for
 * it any more. By close, dup2 and dup3 over it, close_range, closefrom. The exit status is 20 + one bit for
 * each of these after which events went on.
 *
 * ways: fork _Fork SYS_fork SYS_clone SYS_clone3 clone daemon forkpty thread handler grandchild vfork_exec posix_spawn system popen
 * bare: exit 51
 * guarded: exit 0; phantom-event repaired
 * guarded phantom-event=report: exit 51; phantom-event reported
 * guarded mode=observe: exit 51; phantom-event reported
 * guarded phantom-event=off: exit 51; nothing
 */
#include "holders.h"
#include "poller.h"

enum { COUNT = 5, LIVE = 6, HIGH = 900 };

int main(int argc, char **argv) {
    int poller = new_poller();
    struct line_pipe pipes[COUNT], live_one = new_lasting_pipe();
    for (int place = 0; place < COUNT; place++) {
        pipes[place] = new_lasting_pipe();
        if (place == COUNT - 1) {
            int high = fcntl(pipes[place].out, F_DUPFD, HIGH);
            SETUP(high != -1 && close(pipes[place].out) == 0);
            pipes[place].out = high;
        }
        SETUP(add(poller, pipes[place].out, EPOLLIN, (uint64_t)place) == 0);
    }
    SETUP(add(poller, live_one.out, EPOLLIN, LIVE) == 0);
    struct holder holder = hold(argc, argv);
    int other = open("/dev/null", O_RDONLY | O_CLOEXEC);
    SETUP(other != -1);
    CHECK(1, close(pipes[0].out) == 0);
    CHECK(2, dup2(other, pipes[1].out) == pipes[1].out);
    CHECK(3, dup3(other, pipes[2].out, O_CLOEXEC) == pipes[2].out);
    CHECK(4, close_range((unsigned)pipes[3].out, (unsigned)pipes[3].out, 0) == 0);
    closefrom(HIGH);
    CHECK(5, fcntl(pipes[4].out, F_GETFD) == -1);
    for (int place = 0; place < COUNT; place++)
        fill(pipes[place]);
    fill(live_one);
    int64_t seen = ready(poller);
    CHECK(11, seen >= 0 && (seen & BIT(LIVE)));
    let_go(&holder);
    seen &= BIT(COUNT) - 1;
    return seen ? 20 + (int)seen : 0;
}
