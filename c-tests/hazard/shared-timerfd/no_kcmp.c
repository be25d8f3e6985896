/* kcmp(2) is refused in the child, as containers do. A timer with one number is mended all the same; of one that was
 * dup'ed it cannot be told which numbers are its own, so it is left alone.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; shared-timerfd repaired x1, shared-timerfd reported x1
 * may skip: needs seccomp filters
 */
#include "stateful.h"
#include "refuse.h"

static int single, twice, also;

static int child(void *none) {
    (void)none;
    refuse(SYS_kcmp, EPERM);
    CHECK(20, set_timer(single, 0, 0, 0) == 0);
    CHECK(21, set_timer(also, 0, 50, 5) == 0);
    CHECK(22, state_of(twice).interval == 5);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    single = new_timer(CLOCK_MONOTONIC, 3600, 3);
    twice = new_timer(CLOCK_MONOTONIC, 3600, 4);
    also = dup(twice);
    struct state before = state_of(single);
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    CHECK(12, same_state(before, state_of(single)));
    CHECK(13, state_of(twice).interval == 5);
    return 0;
}
