/* A library makes its wake-up pair and installs its handler in its constructor, before main. The signals of children of main are
 * nothing to the parent's loop.
 *
 * ways: fork SYS_clone grandchild
 * bare: exit 12
 * guarded: exit 0; shared-wakeup repaired x1, inherited-poller repaired x1
 */
#include "wakeup.h"

extern struct wakeup early_pair;

static int child(void *none) {
    (void)none;
    CHECK(20, woken(&early_pair) == 0);
    next_signal();
    await(up);
    CHECK(21, woken(&early_pair) == 1 && taken(&early_pair) == 1);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    struct kid kid = start(way, child, NULL);
    signal_to(&kid, SIGUSR1);
    CHECK(12, woken(&early_pair) == 0);
    tell(kid.line);
    ended(&kid);
    return 0;
}
