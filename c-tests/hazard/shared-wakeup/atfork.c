/* A child is known by pthread_atfork alone (where the kernel has no MADV_WIPEONFORK): the ways to fork that run those handlers.
 *
 * ways: fork daemon forkpty thread handler grandchild
 * bare: exit 12
 * guarded identity=atfork: exit 0; shared-wakeup repaired x1, inherited-poller repaired x1
 */
#include "wakeup.h"

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    wake = wakeup_of("pipe");
    handle(SIGUSR1, wake_up, SA_RESTART);
    tell_story(way, (struct story){.rounds = 3});
    return 0;
}
