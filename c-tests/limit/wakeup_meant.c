/* A handler installed before the fork that reports to the parent on purpose, by a pipe of which the child has both ends, and
 * which the parent's loop watches: it looks like a loop's own wake-up in every way, and is taken for one. Pinned. Closing
 * the other end in the child, installing the handler there, or shared-wakeup=report helps.
 *
 * ways: fork
 * bare: exit 0
 * guarded: exit 12; shared-wakeup repaired x1, inherited-poller repaired x1
 * guarded shared-wakeup=report: exit 0; shared-wakeup reported x1, inherited-poller repaired x1, handler-in-child reported x1
 */
#include "wakeup.h"

static int child(void *none) {
    (void)none;
    CHECK(20, woken(&wake) == 0);
    next_signal();
    await(up);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    wake = wakeup_of("pipe");
    handle(SIGUSR1, wake_up, SA_RESTART);
    struct kid kid = start(way, child, NULL);
    signal_to(&kid, SIGUSR1);
    CHECK(12, woken(&wake) == 1);
    tell(kid.line);
    ended(&kid);
    return 0;
}
