/* The signal comes before the child has used its loop at all: the handler's write is the first touch of anything shared.
 *
 * ways: fork _Fork SYS_clone thread handler grandchild
 * bare: exit 12
 * guarded: exit 0; shared-wakeup repaired x1, inherited-poller repaired x1
 */
#include "wakeup.h"

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    wake = wakeup_of("pipe.epoll.write");
    handle(SIGUSR1, wake_up, SA_RESTART);
    tell_story(way, (struct story){.rounds = 3, .unlooked = true});
    return 0;
}
