/* A signal sent to the child wakes the parent, whose wake-up pipe the child's inherited handler writes into. For every
 * way to fork.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; shared-wakeup repaired x1, inherited-poller repaired x1
 * guarded mode=strict: exit 66; shared-wakeup repaired x1, inherited-poller repaired x1
 */
#include "wakeup.h"

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    wake = wakeup_of("pipe.epoll.write");
    handle(SIGUSR1, wake_up, SA_RESTART);
    tell_story(way, (struct story){.rounds = 3});
    return 0;
}
