/* A timer with an interval that has expired stands still until it is read. The child's copy goes on in step: it has
 * counted as many, and so much is left. The parent's read answers as if nobody had looked.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; shared-timerfd repaired x1
 */
#include "stateful.h"

static int timer;

static int child(void *arg) {
    double start = *(double *)arg;
    struct itimerspec left;
    uint64_t ticks = ticks_of(timer);
    CHECK(20, ticks >= 1);
    CHECK(21, timerfd_gettime(timer, &left) == 0);
    struct timespec now;
    CHECK(22, clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    /* Where an expiration would be, from the first on: a whole number of intervals of 1000 s. */
    double next = (double)now.tv_sec + (double)now.tv_nsec / 1e9 + (double)left.it_value.tv_sec + (double)left.it_value.tv_nsec / 1e9;
    double steps = (next - start) / 1000, off = steps - (double)(long)(steps + 0.5);
    CHECK(23, off > -1e-2 && off < 1e-2);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    struct timespec now;
    SETUP(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    /* In the past: it expires at once, and the next is due in 990 s. */
    double start_at = (double)now.tv_sec - 10;
    if (start_at < 0)
        start_at = 0.5;
    timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    SETUP(timer != -1 && set_timer(timer, TFD_TIMER_ABSTIME, start_at, 1000) == 0);
    struct pollfd list = {timer, POLLIN, 0};
    SETUP(poll(&list, 1, -1) == 1);
    SETUP(state_of(timer).left == 0 && state_of(timer).ticks == 1);
    struct kid kid = start(way, child, &start_at);
    ended(&kid);
    CHECK(12, ticks_of(timer) == 1);
    CHECK(13, state_of(timer).left > 900 && state_of(timer).left < 1000);
    return 0;
}
