/* The inherited loop watches an inherited signalfd: in the child it tells of the child's signals (bare, of nobody's: the
 * entry belongs to the process that registered it), and a mask that the child changes is the child's alone.
 *
 * ways: all
 * bare: exit 20
 * guarded: exit 0; inherited-poller repaired x1, shared-signalfd repaired x1
 * stderr: not compared
 */
#include "stateful.h"

static int poller, signals;

static int child(void *none) {
    (void)none;
    SETUP(ready(poller) == 0);
    CHECK(20, kill(raw_getpid(), SIGUSR1) == 0 && ready(poller) == BIT(1));
    CHECK(21, signal_from(signals) == SIGUSR1 && ready(poller) == 0);
    CHECK(22, change_mask(signals, SIGHUP, 0) == signals);
    CHECK(23, kill(raw_getpid(), SIGHUP) == 0 && ready(poller) == BIT(1));
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    block_signals();
    poller = new_poller();
    signals = new_signalfd(SIGUSR1, 0);
    SETUP(add(poller, signals, EPOLLIN, 1) == 0);
    struct state before = state_of(signals);
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    CHECK(12, same_state(before, state_of(signals)));
    CHECK(13, kill(raw_getpid(), SIGUSR1) == 0 && ready(poller) == BIT(1));
    return 0;
}
