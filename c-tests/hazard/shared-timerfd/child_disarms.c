/* The child tidies up and disarms the timer it inherited: the parent's stands still too. Parent's state by the kernel's
 * own account, before and after.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; shared-timerfd repaired x1
 */
#include "stateful.h"

static int timer;

static int child(void *none) {
    (void)none;
    CHECK(20, set_timer(timer, 0, 0, 0) == 0);
    CHECK(21, state_of(timer).left == 0 && state_of(timer).interval == 0);
    CHECK(22, set_timer(timer, 0, 900, 0) == 0);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    timer = new_timer(CLOCK_BOOTTIME, 3600, 10.000000001);
    struct state before = state_of(timer);
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    CHECK(12, same_state(before, state_of(timer)));
    return 0;
}
