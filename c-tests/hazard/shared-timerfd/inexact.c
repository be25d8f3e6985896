/* What cannot be copied exactly is left alone, and said: a kernel that cannot set ticks nobody has read, and no /proc.
 * A timer without such ticks needs no such kernel.
 *
 * ways: all
 * bare: exit 13
 * guarded: exit 0; shared-timerfd reported x2, shared-timerfd repaired x1
 * may skip: needs seccomp filters
 */
#include "stateful.h"
#include "refuse.h"

static int expired, runs;

static int without_ticks(void *none) {
    (void)none;
    refuse(SYS_ioctl, ENOTTY);
    CHECK(20, ticks_of(expired) == 1);
    CHECK(21, set_timer(runs, 0, 0, 0) == 0);
    return 0;
}

static int without_proc(void *none) {
    (void)none;
    refuse(SYS_openat, ENOENT);
    CHECK(22, ticks_of(expired) == 1);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    expired = expired_timer();
    runs = new_timer(CLOCK_MONOTONIC, 3600, 3);
    struct state before = state_of(runs);
    struct kid kid = start(way, without_ticks, NULL);
    ended(&kid);
    CHECK(12, ticks_of(expired) == 0);
    CHECK(13, same_state(before, state_of(runs)));
    expired = expired_timer();
    kid = start(way, without_proc, NULL);
    ended(&kid);
    CHECK(14, ticks_of(expired) == 0);
    return 0;
}
