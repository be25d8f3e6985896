/* A pair under more numbers than two, by dup: to mend some of them would tear the pair apart, so it is left alone and said,
 * and the parent wakes as it does bare.
 *
 * ways: write_end read_end
 * bare: exit 12
 * guarded: exit 12; shared-wakeup reported x1, inherited-poller repaired x1, handler-in-child reported x1
 */
#include "wakeup.h"

int main(int argc, char **argv) {
    SETUP(argc == 2);
    wake = wakeup_of("pipe");
    SETUP(dup(strcmp(argv[1], "read_end") == 0 ? wake.out : wake.in) != -1);
    handle(SIGUSR1, wake_up, 0);
    tell_story(PLAIN_FORK, (struct story){.rounds = 1});
    return 0;
}
