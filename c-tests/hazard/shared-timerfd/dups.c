/* Two numbers for one timer: what the child does through one it sees through the other, and the parent sees neither.
 * Each number keeps its own FD_CLOEXEC. A number that is made later names the child's own too.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; shared-timerfd repaired x1
 */
#include "stateful.h"

static int timer, twin, third;

static int child(void *none) {
    (void)none;
    CHECK(20, fcntl(third, F_GETFD) == 0);
    CHECK(21, set_timer(twin, 0, 500, 5) == 0);
    CHECK(22, state_of(timer).interval == 5 && state_of(third).interval == 5 && state_of(twin).interval == 5);
    CHECK(23, fcntl(timer, F_GETFD) == FD_CLOEXEC && fcntl(twin, F_GETFD) == 0 && fcntl(third, F_GETFD) == 0);
    int fourth = dup(third);
    CHECK(24, set_timer(fourth, 0, 0, 0) == 0);
    CHECK(25, state_of(timer).left == 0 && close(timer) == 0 && close(twin) == 0 && close(third) == 0);
    CHECK(26, set_timer(fourth, 0, 700, 7) == 0 && state_of(fourth).interval == 7);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    timer = new_timer(CLOCK_MONOTONIC, 3600, 3);
    int other = new_timer(CLOCK_MONOTONIC, 3600, 4);
    twin = dup(timer);
    third = dup2(timer, 150);
    SETUP(twin != -1 && third == 150 && dup(other) != -1);
    struct state before = state_of(timer), before_other = state_of(other);
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    CHECK(12, same_state(before, state_of(timer)));
    CHECK(13, same_state(before_other, state_of(other)));
    return 0;
}
