/* The child has read its inherited signalfd, when its parent asks for another signal: the child's must go on telling of
 * the one it knows. To read it harms nobody, so nothing is said but to the log; in `report` mode nothing at all.
 *
 * ways: all
 * bare: exit 22
 * guarded: exit 0; shared-signalfd repaired x1
 * guarded mode=strict: exit 0; shared-signalfd repaired x1
 * guarded shared-signalfd=report: exit 22; nothing
 * guarded shared-signalfd=poison: exit 22; nothing
 * stderr: not compared
 */
#include "stateful.h"

static int signals;

static int child(void *none) {
    (void)none;
    CHECK(20, kill(raw_getpid(), SIGUSR1) == 0 && signal_from(signals) == SIGUSR1);
    tell(up);
    await(up);
    CHECK(21, kill(raw_getpid(), SIGUSR1) == 0);
    CHECK(22, signal_from(signals) == SIGUSR1);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    block_signals();
    signals = new_signalfd(SIGUSR1, 0);
    struct kid kid = start(way, child, NULL);
    await(kid.line);
    CHECK(12, change_mask(signals, SIGHUP, 0) == signals);
    tell(kid.line);
    ended(&kid);
    CHECK(13, state_of(signals).mask == UINT64_C(1) << (SIGHUP - 1));
    return 0;
}
