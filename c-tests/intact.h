/* A loop with two numbers and a dozen registrations, and the proof that nothing was lost from its records: the
 * child of a fork, which lives by them, still has every registration under both numbers, and its own
 * additions stay its own (12, 13 without the library). */
#ifndef INTACT_H
#define INTACT_H

#include "fork_ways.h"
#include "poller.h"

enum { WATCHED = 12, FAR = 150, OWN = 20, TWIN_OWN = 21 };
#define EVERY (BIT(WATCHED) - 1)

static struct line_pipe pipes[WATCHED];
static int poller, twin;

/* The last registration has a number of its own far above the others, for closefrom. */
static void set_up_loop(void) {
    poller = new_poller();
    twin = dup(poller);
    SETUP(twin != -1);
    for (int place = 0; place < WATCHED; place++) {
        pipes[place] = new_pipe();
        if (place == WATCHED - 1) {
            int far = fcntl(pipes[place].out, F_DUPFD_CLOEXEC, FAR);
            SETUP(far != -1 && close(pipes[place].out) == 0);
            pipes[place].out = far;
        }
        SETUP(add(poller, pipes[place].out, EPOLLIN, (uint64_t)place) == 0);
        fill(pipes[place]);
    }
}

static int look_and_add(void *none) {
    (void)none;
    struct line_pipe own = new_pipe(), twin_own = new_pipe();
    CHECK(40, ready(poller) == EVERY);
    CHECK(41, add(poller, own.out, EPOLLIN, OWN) == 0);
    CHECK(42, add(twin, twin_own.out, EPOLLIN, TWIN_OWN) == 0);
    fill(own);
    fill(twin_own);
    int64_t all = EVERY | BIT(OWN) | BIT(TWIN_OWN);
    CHECK(43, ready(twin) == all);
    CHECK(44, ready(poller) == all);
    tell(up);
    await(up);
    return 0;
}

static MAYBE_UNUSED void intact(void) {
    struct kid kid = start(PLAIN_FORK, look_and_add, NULL);
    await(kid.line);
    int64_t seen = ready(poller);
    CHECK(12, !(seen & BIT(OWN)));
    CHECK(13, !(seen & BIT(TWIN_OWN)));
    CHECK(14, seen == EVERY);
    tell(kid.line);
    ended(&kid);
}

#endif
