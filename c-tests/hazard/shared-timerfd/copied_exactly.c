/* Timers of every make: clock, flags, interval, ticks and what is left are the same in the child's copy, and the
 * parent's are as they were. The child then disarms each.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; shared-timerfd repaired x8
 */
#include "stateful.h"

enum { COUNT = 8 };
static int timers[COUNT];
static struct state before[COUNT];

static double now(int clock) {
    struct timespec time;
    SETUP(clock_gettime(clock, &time) == 0);
    return (double)time.tv_sec;
}

static int child(void *parent) {
    for (int place = 0; place < COUNT; place++) {
        struct pollfd list = {timers[place], POLLIN, 0};
        int closes = fcntl(timers[place], F_GETFD);
        CHECK(20, poll(&list, 1, 0) == (before[place].ticks != 0));
        CHECK(21, same_state(before[place], state_of(timers[place])));
        CHECK(22, fcntl(timers[place], F_GETFD) == closes);
    }
    for (int place = 0; place < COUNT; place++)
        CHECK(24, set_timer(timers[place], 0, 0, 0) == 0);
    for (int place = 0; place < COUNT; place++)
        CHECK(25, !same_file(*(pid_t *)parent, timers[place]));
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    pid_t me = raw_getpid();
    timers[0] = new_timer(CLOCK_MONOTONIC, 1000, 0);
    timers[1] = new_timer(CLOCK_REALTIME, 1000.5, 7.25);
    timers[2] = new_timer(CLOCK_BOOTTIME, 0, 0);
    timers[3] = timerfd_create(CLOCK_REALTIME, 0);
    SETUP(set_timer(timers[3], TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, now(CLOCK_REALTIME) + 5000, 3) == 0);
    timers[4] = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    SETUP(set_timer(timers[4], TFD_TIMER_ABSTIME, now(CLOCK_MONOTONIC) + 7000, 0) == 0);
    timers[5] = expired_timer();
    /* Expired long ago, with an interval: it has been asked for its time, counts on, and runs. */
    timers[6] = new_timer(CLOCK_MONOTONIC, 1e-9, 0);
    SETUP(set_timer(timers[6], TFD_TIMER_ABSTIME, 1e-9, 100000) == 0);
    struct pollfd list = {timers[6], POLLIN, 0};
    struct itimerspec left;
    SETUP(poll(&list, 1, -1) == 1 && timerfd_gettime(timers[6], &left) == 0);
    timers[7] = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC);
    SETUP(timers[7] != -1);
    for (int place = 0; place < COUNT; place++)
        before[place] = state_of(timers[place]);
    struct kid kid = start(way, child, &me);
    int code = code_from(&kid);
    for (int place = 0; place < COUNT; place++)
        CHECK(12, same_state(before[place], state_of(timers[place])));
    CHECK(13, code == 0);
    return 0;
}
