/* The child watches an inherited signalfd with a loop of its own, and asks it for one signal more: its loop hears of both,
 * the parent's mask is as it was, and the parent's loop hears of the parent's signal.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; shared-signalfd repaired x1
 * stderr: not compared
 */
#include "stateful.h"

static int poller, signals;

static int child(void *none) {
    (void)none;
    int own = new_poller();
    CHECK(20, add(own, signals, EPOLLIN, 5) == 0);
    CHECK(21, change_mask(signals, SIGUSR1, SIGHUP) == signals);
    CHECK(22, ready(own) == 0);
    CHECK(23, kill(raw_getpid(), SIGHUP) == 0 && ready(own) == BIT(5) && signal_from(signals) == SIGHUP);
    CHECK(24, kill(raw_getpid(), SIGUSR1) == 0 && ready(own) == BIT(5) && signal_from(signals) == SIGUSR1);
    CHECK(25, change_mask(signals, SIGHUP, 0) == signals);
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
    CHECK(13, kill(raw_getpid(), SIGUSR1) == 0 && ready(poller) == BIT(1) && signal_from(signals) == SIGUSR1);
    return 0;
}
