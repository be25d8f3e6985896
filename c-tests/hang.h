/* For tests whose child hangs bare: it is ended soon, and before its parent, whose status would be SIGALRM's
 * own otherwise. Far above what a child needs that does not hang. */
#ifndef HANG_H
#define HANG_H

#define ALARM_SECONDS 4
#include "fork_ways.h"

static __attribute__((constructor)) void arm_first(void) { alarm(45); }

struct alike_one {
    int place;
    int (*run)(int place);
};

static int alike_main(void *arg) {
    struct alike_one *one = arg;
    alarm(40);
    return one->run(one->place);
}

/* Runs `run(0)` to `run(count - 1)` side by side, each in a process of its own, so that many that hang cost the time
 * of one. They must all end alike; that is the result. */
static MAYBE_UNUSED int all_alike(int count, int (*run)(int place)) {
    struct kid kids[32];
    int codes[32];
    SETUP(count >= 1 && count <= 32);
    for (int place = 0; place < count; place++) {
        struct alike_one one = {place, run};
        kids[place] = start(PLAIN_FORK, alike_main, &one);
    }
    for (int place = 0; place < count; place++)
        codes[place] = code_from(&kids[place]);
    for (int place = 1; place < count; place++) {
        if (codes[place] != codes[0])
            line_to(2, "the first ended with %d, but number %d with %d\n", codes[0], place, codes[place]);
        CHECK(59, codes[place] == codes[0]);
    }
    return codes[0];
}

/* Milliseconds of a clock that never steps. */
static MAYBE_UNUSED int64_t now_ms(void) {
    struct timespec now;
    SETUP(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

#endif
