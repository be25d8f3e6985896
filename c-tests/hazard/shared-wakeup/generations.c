/* A child with a pair of its own forks too, and its child; and the first has a sibling. Each handles a signal: nobody
 * else wakes, before or after.
 *
 * ways: fork _Fork SYS_clone grandchild
 * bare: exit 12
 * guarded: exit 0; shared-wakeup repaired x4, inherited-poller repaired x4
 */
#include "wakeup.h"

static const struct way *way;

static int generation(void *arg) {
    int left = *(int *)arg - 1;
    handled = 0;
    CHECK(20, woken(&wake) == 0);
    tell(up);
    next_signal();
    await(up);
    CHECK(21, handled == 1 && woken(&wake) == 1 && taken(&wake) == 1);
    if (left > 0) {
        struct kid kid = start(way, generation, &left);
        await(kid.line);
        signal_to(&kid, SIGUSR1);
        CHECK(22, woken(&wake) == 0);
        tell(kid.line);
        ended(&kid);
    }
    CHECK(23, woken(&wake) == 0 && raise(SIGUSR1) == 0 && woken(&wake) == 1 && taken(&wake) == 1);
    return 0;
}

int main(int argc, char **argv) {
    way = which_way(argc, argv);
    wake = wakeup_of("pipe");
    handle(SIGUSR1, wake_up, 0);
    int deep = 3, shallow = 1;
    struct kid kid = start(way, generation, &deep), sibling = start(way, generation, &shallow);
    await(kid.line);
    await(sibling.line);
    signal_to(&sibling, SIGUSR1);
    CHECK(12, woken(&wake) == 0);
    tell(sibling.line);
    signal_to(&kid, SIGUSR1);
    CHECK(13, woken(&wake) == 0);
    tell(kid.line);
    ended(&kid);
    ended(&sibling);
    CHECK(14, woken(&wake) == 0);
    return 0;
}
