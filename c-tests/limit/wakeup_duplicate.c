/* A handler that writes to a duplicate of the number its pipe was made under: which pair that is part of is not known, so
 * its parent wakes as it does bare. Pinned; that the handler ran in the child is said.
 *
 * ways: fork SYS_clone
 * bare: exit 12
 * guarded: exit 12; inherited-poller repaired x1, handler-in-child reported x1
 */
#include "wakeup.h"

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    wake = wakeup_of("pipe");
    wake.in = dup(wake.in);
    SETUP(wake.in != -1);
    handle(SIGUSR1, wake_up, 0);
    tell_story(way, (struct story){.rounds = 1});
    return 0;
}
