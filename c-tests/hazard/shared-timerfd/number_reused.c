/* The timer's number is closed and opened again behind the library's back: it is what it is now, and nothing is said.
 * The timer under the other number is mended.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; shared-timerfd repaired x1
 */
#include "stateful.h"

static int timer, other;

static int child(void *none) {
    (void)none;
    char byte;
    int ends[2];
    SETUP(raw_close(timer) == 0);
    SETUP(raw_call(SYS_pipe2, ends, O_NONBLOCK) == 0 && ends[0] == timer);
    CHECK(20, read(timer, &byte, 1) == -1 && errno == EAGAIN);
    SETUP(raw_write(ends[1], "", 1) == 1);
    CHECK(21, read(timer, &byte, 1) == 1);
    CHECK(22, set_timer(timer, 0, 1, 1) == -1 && errno == EINVAL);
    CHECK(23, set_timer(other, 0, 0, 0) == 0);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    timer = new_timer(CLOCK_MONOTONIC, 3600, 3);
    other = new_timer(CLOCK_MONOTONIC, 3600, 4);
    struct state before = state_of(other);
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    CHECK(12, same_state(before, state_of(other)));
    return 0;
}
