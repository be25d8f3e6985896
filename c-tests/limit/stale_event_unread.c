/* What cannot be told: a handler that has run and closes its own descriptor with input unread looks like one that is still to
 * run. It is said, as a question, and nothing is changed.
 *
 * ways: none
 * bare: exit 0
 * guarded: exit 0; stale-event reported x1
 * guarded stale-event=repair: exit 0; nothing
 * bare differs: no
 */
#include "poller.h"

int main(void) {
    int poller = new_poller();
    struct line_pipe pipes[2];
    for (int place = 0; place < 2; place++) {
        pipes[place] = new_pipe();
        SETUP(add(poller, pipes[place].out, EPOLLIN, (uint64_t)place) == 0);
        fill(pipes[place]);
        fill(pipes[place]);
    }
    struct epoll_event events[2];
    for (int left = 2; left > 0;) {
        int count = epoll_wait(poller, events, 2, 0);
        SETUP(count > 0);
        for (int place = 0; place < count; place++, left--) {
            char byte;
            int fd = pipes[events[place].data.u64].out;
            SETUP(raw_read(fd, &byte, 1) == 1 && close(fd) == 0);
        }
    }
    return 0;
}
