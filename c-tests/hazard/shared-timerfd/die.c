/* `die`: the child ends before it touches the timer.
 *
 * ways: all
 * bare: exit 12
 * guarded shared-timerfd=die exitcode=9: exit 0; shared-timerfd died x1
 */
#include "stateful.h"

static int timer;

static int child(void *none) {
    (void)none;
    return set_timer(timer, 0, 0, 0) == 0 ? 0 : 20;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    timer = new_timer(CLOCK_MONOTONIC, 3600, 3);
    struct state before = state_of(timer);
    struct kid kid = start(way, child, NULL);
    int code = code_from(&kid);
    CHECK(12, same_state(before, state_of(timer)));
    CHECK(13, code == 9);
    return 0;
}
