/* What is not named although it is wrong, since a handler that has run would look the same: the event that is done away with
 * is the very next one; or it is the end of a stream, where there is nothing to be read before as after. With repair
 * there is no batch.
 *
 * ways: next end
 * bare: exit 11
 * guarded: exit 11; nothing
 * guarded stale-event=repair: exit 0; nothing
 */
#include "poller.h"

enum { MANY = 3 };

int main(int argc, char **argv) {
    SETUP(argc == 2);
    bool next = strcmp(argv[1], "next") == 0;
    int poller = new_poller(), wrong = 0;
    struct line_pipe pipes[MANY];
    bool gone[MANY] = {false};
    for (int place = 0; place < MANY; place++) {
        pipes[place] = new_pipe();
        SETUP(add(poller, pipes[place].out, EPOLLIN | EPOLLET, (uint64_t)place) == 0);
        if (place == MANY - 1 && !next)
            raw_close(pipes[place].in);
        else
            fill(pipes[place]);
    }
    struct epoll_event events[MANY];
    for (int count; (count = epoll_wait(poller, events, MANY, 0)) > 0;) {
        for (int place = 0; place < count; place++) {
            int which = (int)events[place].data.u64, other = next ? 1 : MANY - 1;
            char byte;
            wrong += gone[which];
            if (!gone[which])
                SETUP(raw_read(pipes[which].out, &byte, 1) == 1);
            if (which == 0) {
                SETUP(close(pipes[other].out) == 0);
                gone[other] = true;
            }
        }
    }
    CHECK(11, wrong == 0);
    return 0;
}
