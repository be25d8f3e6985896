/* `poison`: to change the mask answers EBADF, each time; to read one's own signals is nobody's loss, and works.
 *
 * ways: all
 * bare: exit 12
 * guarded shared-signalfd=poison: exit 0; shared-signalfd poisoned x1
 */
#include "stateful.h"

static int signals;

static int child(void *none) {
    (void)none;
    int answer = change_mask(signals, SIGHUP, 0), why = errno;
    tell(up);
    await(up);
    CHECK(20, answer == -1 && why == EBADF);
    CHECK(21, change_mask(signals, SIGHUP, 0) == -1 && errno == EBADF);
    CHECK(22, kill(raw_getpid(), SIGUSR1) == 0 && signal_from(signals) == SIGUSR1);
    CHECK(23, change_mask(signals, SIGHUP, 0) == -1 && errno == EBADF);
    CHECK(24, close(signals) == 0 && new_signalfd(SIGHUP, 0) == signals);
    CHECK(25, change_mask(signals, SIGUSR1, 0) == signals);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    block_signals();
    signals = new_signalfd(SIGUSR1, 0);
    struct state before = state_of(signals);
    struct kid kid = start(way, child, NULL);
    await(kid.line);
    CHECK(12, same_state(before, state_of(signals)));
    tell(kid.line);
    ended(&kid);
    return 0;
}
