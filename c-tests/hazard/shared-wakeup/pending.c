/* The parent is woken, and has not come to read it, when it forks: the byte is the parent's, and stays there; the child
 * begins with an empty pair, and its own signal is one byte.
 *
 * ways: pipe stream.send dgram.sendto event
 * bare: exit 12
 * guarded: exit 0; shared-wakeup repaired x1, inherited-poller repaired x1
 */
#include "wakeup.h"

static int child(void *none) {
    (void)none;
    handled = 0;
    next_signal();
    CHECK(20, handled == 1 && put_badly == 0);
    await(up);
    CHECK(21, ready(wake.poller) == BIT(1) && taken(&wake) == 1 && ready(wake.poller) == 0);
    return 0;
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    wake = wakeup_of(argv[1]);
    handle(SIGUSR1, wake_up, 0);
    SETUP(raise(SIGUSR1) == 0 && raise(SIGUSR1) == 0);
    struct kid kid = start(PLAIN_FORK, child, NULL);
    signal_to(&kid, SIGUSR1);
    int bytes = taken(&wake);
    CHECK(12, bytes == 2);
    tell(kid.line);
    ended(&kid);
    CHECK(13, ready(wake.poller) == 0);
    return 0;
}
