/* The child has its own timer; its own child disarms that one, and then the one of the first process, which nobody
 * between them has touched.
 *
 * ways: all
 * bare: exit 21
 * guarded vanished-threads=off: exit 0; shared-timerfd repaired x3
 */
#include "stateful.h"

static int timer, untouched;

static int grandchild(void *none) {
    (void)none;
    CHECK(30, set_timer(timer, 0, 0, 0) == 0);
    CHECK(31, set_timer(untouched, 0, 0, 0) == 0);
    return 0;
}

static int child(void *way) {
    CHECK(20, set_timer(timer, 0, 900, 9) == 0);
    struct kid kid = start(way, grandchild, NULL);
    ended(&kid);
    CHECK(21, state_of(timer).interval == 9 && state_of(timer).left > 0);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    timer = new_timer(CLOCK_MONOTONIC, 3600, 3);
    untouched = new_timer(CLOCK_MONOTONIC, 3600, 4);
    struct state before = state_of(timer), before_other = state_of(untouched);
    struct kid kid = start(way, child, (void *)(uintptr_t)way);
    ended(&kid);
    CHECK(12, same_state(before, state_of(timer)));
    CHECK(13, same_state(before_other, state_of(untouched)));
    return 0;
}
