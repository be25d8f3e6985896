/* The child asks its signalfd for another signal, and the parent's no longer tells of the one it was made for. Masks by
 * the kernel's own account; and the parent is sent that signal.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; shared-signalfd repaired x1
 * guarded mode=observe: exit 12; shared-signalfd reported x1
 * guarded shared-signalfd=off: exit 12; nothing
 */
#include "stateful.h"

static int signals;

static int child(void *none) {
    (void)none;
    CHECK(20, change_mask(signals, SIGHUP, 0) == signals);
    CHECK(21, state_of(signals).mask == UINT64_C(1) << (SIGHUP - 1));
    CHECK(22, kill(raw_getpid(), SIGHUP) == 0 && kill(raw_getpid(), SIGUSR1) == 0);
    CHECK(23, signal_from(signals) == SIGHUP && signal_from(signals) == 0);
    CHECK(24, change_mask(signals, SIGUSR1, 0) == signals && signal_from(signals) == SIGUSR1);
    CHECK(25, change_mask(signals, SIGHUP, 0) == signals);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    block_signals();
    signals = new_signalfd(SIGUSR1, 0);
    struct state before = state_of(signals);
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    CHECK(12, same_state(before, state_of(signals)));
    CHECK(13, kill(raw_getpid(), SIGUSR1) == 0 && signal_from(signals) == SIGUSR1);
    return 0;
}
