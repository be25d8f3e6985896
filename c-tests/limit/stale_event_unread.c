/* What cannot be told: a handler that has run and closes its own descriptor with input unread looks like one that is still to
 * run. It is said, and nothing is changed. And what is not seen: at the end of a stream there is nothing
 * to be read, so nothing is said although the event is still to come.
 *
 * ways: unread end
 * bare: exit 0
 * guarded: exit 0; stale-event reported x0+
 * guarded stale-event=repair: exit 0; nothing
 * bare differs: no
 */
#include "poller.h"

int main(int argc, char **argv) {
    SETUP(argc == 2);
    bool unread = strcmp(argv[1], "unread") == 0;
    int poller = new_poller();
    struct line_pipe one = new_pipe(), two = new_pipe();
    SETUP(add(poller, one.out, EPOLLIN, 1) == 0 && add(poller, two.out, EPOLLIN, 2) == 0);
    fill(one);
    if (unread)
        fill(two);
    else
        raw_close(two.in);
    struct epoll_event events[2];
    int count = epoll_wait(poller, events, 2, 0);
    SETUP(count == 1 || count == 2);
    SETUP(close(two.out) == 0);
    return 0;
}
