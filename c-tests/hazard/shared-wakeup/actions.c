/* What the settings make of it, where the child's handler writes to a pipe that its parent's loop watches: reported, or
 * not looked at, the parent wakes as it does bare.
 *
 * ways: fork SYS_clone grandchild
 * bare: exit 12
 * guarded shared-wakeup=repair: exit 0; shared-wakeup repaired x1, inherited-poller repaired x1
 * guarded shared-wakeup=report: exit 12; shared-wakeup reported x1, inherited-poller repaired x1, handler-in-child reported x1
 * guarded shared-wakeup=off handler-in-child=off: exit 12; inherited-poller repaired x1
 * guarded mode=observe: exit 12; shared-wakeup reported x1, inherited-poller reported x1, handler-in-child reported x1
 * guarded shared-wakeup=die: exit 66; shared-wakeup died x1, inherited-poller repaired x1
 */
#include "wakeup.h"

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    wake = wakeup_of("pipe.epoll.write");
    handle(SIGUSR1, wake_up, SA_RESTART);
    tell_story(way, (struct story){.rounds = 1});
    return 0;
}
