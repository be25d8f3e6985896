/* A loop in a loop, as libuv's in another's: the pair is watched by the inner one, and the outer one watches that. The signal
 * comes before the child has used either, between the two, or after both.
 *
 * ways: neither inner outer both
 * bare: exit 12
 * guarded: exit 0; shared-wakeup repaired x1, inherited-poller repaired x2
 */
#include "wakeup.h"

static const char *way;
static bool is(const char *name) { return strcmp(way, name) == 0; }
static int outer;

static int child(void *none) {
    (void)none;
    if (is("inner") || is("both"))
        CHECK(20, ready(wake.poller) == 0);
    if (is("outer") || is("both"))
        CHECK(21, ready(outer) == 0);
    for (int round = 0; round < 2; round++) {
        next_signal();
        await(up);
        CHECK(22, ready(outer) == BIT(5));
        CHECK(23, ready(wake.poller) == BIT(1));
        CHECK(24, taken(&wake) == 1 && ready(outer) == 0 && ready(wake.poller) == 0);
    }
    tell(up);
    await(up);
    CHECK(25, ready(outer) == 0 && ready(wake.poller) == 0);
    return 0;
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    way = argv[1];
    wake = wakeup_of("pipe");
    outer = new_poller();
    SETUP(add(outer, wake.poller, EPOLLIN, 5) == 0);
    handle(SIGUSR1, wake_up, 0);
    struct kid kid = start(PLAIN_FORK, child, NULL);
    for (int round = 0; round < 2; round++) {
        signal_to(&kid, SIGUSR1);
        CHECK(12, ready(outer) == 0 && ready(wake.poller) == 0);
        tell(kid.line);
    }
    await(kid.line);
    CHECK(13, raise(SIGUSR1) == 0 && ready(outer) == BIT(5) && ready(wake.poller) == BIT(1));
    tell(kid.line);
    ended(&kid);
    CHECK(14, taken(&wake) == 1 && ready(outer) == 0);
    return 0;
}
