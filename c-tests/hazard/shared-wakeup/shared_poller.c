/* Where the options leave the loop itself shared, a pair of the child's own would be in nobody's interest list: the child would
 * never wake. So the pair stays shared too, which is said; and the parent's
 * interest list is never touched. Where the loop is refused to the child, the pair may be its own.
 *
 * ways: fork SYS_clone
 * bare: exit 12
 * guarded inherited-poller=off: exit 12; shared-wakeup reported x1, handler-in-child reported x1
 * guarded inherited-poller=report: exit 12; shared-wakeup reported x1, handler-in-child reported x1, inherited-poller reported x1
 * guarded inherited-poller=poison: exit 0; shared-wakeup repaired x1, inherited-poller poisoned x1
 */
#include "wakeup.h"

static struct interest_list before, after;

static int child(void *none) {
    (void)none;
    for (int round = 1; round <= 2; round++) {
        next_signal();
        CHECK(20, handled == round && put_badly == 0);
        await(up);
    }
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    wake = wakeup_of("pipe");
    handle(SIGUSR1, wake_up, SA_RESTART);
    read_list(wake.poller, &before);
    struct kid kid = start(way, child, NULL);
    int heard = 0;
    for (int round = 0; round < 2; round++) {
        signal_to(&kid, SIGUSR1);
        heard += woken(&wake) == 1 ? taken(&wake) : 0;
        tell(kid.line);
    }
    read_list(wake.poller, &after);
    CHECK(13, same_list(&before, &after));
    ended(&kid);
    CHECK(14, raise(SIGUSR1) == 0 && woken(&wake) == 1 && taken(&wake) == 1);
    CHECK(15, heard == 0 || heard == 2);
    CHECK(12, heard == 0);
    return 0;
}
