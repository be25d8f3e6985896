/* A child that does half of what it ought to: it closes the inherited loop and makes one of its own, in which it watches
 * the inherited pair. The handler writes into the shared pair all the same.
 *
 * ways: pipe stream.send pipe.unwatched
 * bare: exit 12
 * guarded: exit 0; shared-wakeup repaired x1
 */
#include "wakeup.h"

static int child(void *none) {
    (void)none;
    if (wake.poller != -1)
        CHECK(19, close(wake.poller) == 0);
    int own = new_poller();
    CHECK(20, add(own, wake.out, EPOLLIN, 4) == 0 && ready(own) == 0);
    tell(up);
    next_signal();
    await(up);
    CHECK(21, handled == 1 && ready(own) == BIT(4));
    CHECK(22, taken(&wake) == 1 && ready(own) == 0);
    return 0;
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    wake = wakeup_of(argv[1]);
    handle(SIGUSR1, wake_up, 0);
    struct kid kid = start(PLAIN_FORK, child, NULL);
    await(kid.line);
    signal_to(&kid, SIGUSR1);
    CHECK(12, woken(&wake) == 0);
    tell(kid.line);
    ended(&kid);
    return 0;
}
