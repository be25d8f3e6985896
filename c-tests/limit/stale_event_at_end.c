/* What is not seen: the event still to come is the end of a stream, where there is nothing to be read, before its handler has run
 * as after. With repair there is no batch.
 *
 * ways: none
 * bare: exit 11
 * guarded: exit 11; nothing
 * guarded stale-event=repair: exit 0; nothing
 */
#include "poller.h"

int main(void) {
    int poller = new_poller();
    struct line_pipe pipes[2];
    bool gone[2] = {false, false};
    int wrong = 0;
    for (int place = 0; place < 2; place++) {
        pipes[place] = new_pipe();
        SETUP(add(poller, pipes[place].out, EPOLLIN | EPOLLET, (uint64_t)place) == 0 && raw_close(pipes[place].in) == 0);
    }
    struct epoll_event events[2];
    for (int count; (count = epoll_wait(poller, events, 2, 0)) > 0;) {
        for (int place = 0; place < count; place++) {
            int which = (int)events[place].data.u64;
            wrong += gone[which];
            if (!gone[1 - which])
                SETUP(close(pipes[1 - which].out) == 0);
            gone[1 - which] = true;
        }
    }
    CHECK(11, wrong == 0);
    return 0;
}
