/* Fifty signals to the child, through everything that programs wake a loop with, and by each call they write to it with:
 * the child gets fifty, its parent none.
 *
 * ways: pipe.write pipe.writev stream.write stream.writev stream.send stream.sendto dgram.write dgram.send dgram.sendto seqpacket.send event.write event.writev event.eventfd_write
 * bare: exit 12
 * guarded: exit 0; shared-wakeup repaired x1, inherited-poller repaired x1
 */
#include "wakeup.h"

int main(int argc, char **argv) {
    SETUP(argc == 2);
    wake = wakeup_of(argv[1]);
    handle(SIGUSR1, wake_up, SA_RESTART);
    tell_story(PLAIN_FORK, (struct story){.rounds = ROUNDS});
    return 0;
}
