/* A timer made and disarmed by number, through syscall(2).
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; shared-timerfd repaired x1
 */
#include "stateful.h"

static int timer;

static int child(void *none) {
    (void)none;
    struct itimerspec off = {0};
    CHECK(20, syscall(SYS_timerfd_settime, timer, 0, &off, NULL) == 0);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    timer = (int)syscall(SYS_timerfd_create, CLOCK_MONOTONIC, TFD_CLOEXEC);
    SETUP(timer != -1 && set_timer(timer, 0, 3600, 1) == 0);
    struct state before = state_of(timer);
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    CHECK(12, same_state(before, state_of(timer)));
    return 0;
}
