/* Fifty signals to the child, in programs that wait with poll and select. Where both ends of a pair never block it is known
 * by that, watched or not; where they may, by its being waited on.
 *
 * ways: pipe.poll pipe.ppoll pipe.select pipe.pselect pipe.unwatched stream.poll.send stream.select stream.unwatched dgram.poll event.poll event.ppoll event.select.eventfd_write event.pselect pipe.poll.blocking pipe.ppoll.blocking pipe.select.blocking pipe.pselect.blocking stream.poll.blocking stream.select.blocking event.poll.blocking event.select.blocking
 * bare: exit 12
 * guarded: exit 0; shared-wakeup repaired x1
 */
#include "wakeup.h"

int main(int argc, char **argv) {
    SETUP(argc == 2);
    wake = wakeup_of(argv[1]);
    handle(SIGUSR1, wake_up, SA_RESTART);
    tell_story(PLAIN_FORK, (struct story){.rounds = ROUNDS});
    return 0;
}
