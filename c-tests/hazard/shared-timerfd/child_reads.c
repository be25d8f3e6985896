/* A timer has expired when the process forks. The child reads it, and the parent's tick is gone. With a timer of its
 * own, each reads one.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; shared-timerfd repaired x1
 * guarded mode=observe: exit 12; shared-timerfd reported x1
 * guarded shared-timerfd=off: exit 12; nothing
 */
#include "stateful.h"

static int timer;

static int child(void *none) {
    (void)none;
    CHECK(20, ticks_of(timer) == 1);
    CHECK(21, ticks_of(timer) == 0);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    timer = expired_timer();
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    CHECK(12, ticks_of(timer) == 1);
    CHECK(13, ticks_of(timer) == 0);
    return 0;
}
