/* The signal comes before the child has polled for the first time, and the pair is an eventfd, or its ends may block: nothing
 * says yet that it is a wake-up, so the parent wakes as it does bare. Pinned; that the handler ran in the child is said. From
 * the child's first poll on it is mended.
 *
 * ways: event.poll event.select pipe.poll.blocking stream.pselect.blocking
 * bare: exit 12
 * guarded: exit 14; handler-in-child reported x1, shared-wakeup repaired x1
 */
#include "wakeup.h"

static int child(void *none) {
    (void)none;
    for (int round = 1; round <= 2; round++) {
        next_signal();
        CHECK(20, handled == round && put_badly == 0);
        await(up);
        int heard = woken(&wake);
        CHECK(21, heard == (round == 1 ? 0 : 1));
    }
    CHECK(22, taken(&wake) == 1);
    return 0;
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    wake = wakeup_of(argv[1]);
    SETUP(woken(&wake) == 0);
    handle(SIGUSR1, wake_up, SA_RESTART);
    struct kid kid = start(PLAIN_FORK, child, NULL);
    signal_to(&kid, SIGUSR1);
    int first = taken(&wake);
    tell(kid.line);
    signal_to(&kid, SIGUSR1);
    int second = woken(&wake);
    tell(kid.line);
    if (second == 0)
        ended(&kid);
    CHECK(12, second == 0);
    CHECK(14, first == 0);
    return 0;
}
