/* What is named although nothing comes of it: the handler of the first event closes all connections and the loop ends there, in
 * the middle of the batch. That it ends nobody can see from outside.
 *
 * ways: none
 * bare: exit 0
 * guarded: exit 0; stale-event reported x1
 * guarded stale-event=repair: exit 0; nothing
 * bare differs: no
 */
#include "poller.h"

enum { MANY = 4 };

int main(void) {
    int poller = new_poller();
    struct line_pipe pipes[MANY];
    for (int place = 0; place < MANY; place++) {
        pipes[place] = new_pipe();
        SETUP(add(poller, pipes[place].out, EPOLLIN, (uint64_t)place) == 0);
        fill(pipes[place]);
    }
    struct epoll_event events[MANY];
    char byte;
    SETUP(epoll_wait(poller, events, MANY, 0) > 0 && raw_read(pipes[0].out, &byte, 1) == 1);
    for (int place = MANY - 1; place >= 0; place--)
        SETUP(close(pipes[place].out) == 0);
    return 0;
}
