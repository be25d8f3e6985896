/* The wake-up pipe's registration moves with it, whatever it says: edge-triggered, one-shot (armed, or fired and armed
 * again by the child), exclusive, with the data it had.
 *
 * ways: level edge oneshot rearmed exclusive
 * bare: exit 12
 * guarded: exit 0; shared-wakeup repaired x1, inherited-poller repaired x1
 */
#include "wakeup.h"

static const char *way;
static bool is(const char *name) { return strcmp(way, name) == 0; }

static uint32_t events(void) {
    return EPOLLIN | (is("edge") ? EPOLLET : is("oneshot") || is("rearmed") ? EPOLLONESHOT : is("exclusive") ? EPOLLEXCLUSIVE : 0);
}

static int child(void *none) {
    (void)none;
    if (is("rearmed"))
        CHECK(19, mod(wake.poller, wake.out, events(), 5) == 0);
    CHECK(20, ready(wake.poller) == 0);
    tell(up);
    for (int round = 1; round <= 2; round++) {
        next_signal();
        await(up);
        CHECK(21, ready(wake.poller) == BIT(is("rearmed") ? 5 : 3));
        CHECK(22, ready(wake.poller) == (is("level") || is("exclusive") ? BIT(3) : 0));
        CHECK(23, taken(&wake) == 1);
        if (is("oneshot") || is("rearmed"))
            CHECK(24, mod(wake.poller, wake.out, events(), is("rearmed") ? 5 : 3) == 0);
        CHECK(25, ready(wake.poller) == 0);
    }
    CHECK(26, del(wake.poller, wake.out) == 0 && del(wake.poller, wake.out) == -1 && errno == ENOENT);
    return 0;
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    way = argv[1];
    wake = wakeup_of("pipe");
    SETUP(del(wake.poller, wake.out) == 0 && add(wake.poller, wake.out, events(), 3) == 0);
    handle(SIGUSR1, wake_up, 0);
    if (is("rearmed"))
        SETUP(raise(SIGUSR1) == 0 && ready(wake.poller) == BIT(3) && taken(&wake) == 1);
    struct kid kid = start(PLAIN_FORK, child, NULL);
    await(kid.line);
    for (int round = 0; round < 2; round++) {
        struct pollfd entry = {.fd = wake.out, .events = POLLIN};
        signal_to(&kid, SIGUSR1);
        CHECK(12, ready(wake.poller) == 0 && poll(&entry, 1, 0) == 0);
        tell(kid.line);
    }
    ended(&kid);
    SETUP(!is("rearmed") || mod(wake.poller, wake.out, events(), 3) == 0);
    CHECK(13, raise(SIGUSR1) == 0 && ready(wake.poller) == BIT(3));
    CHECK(14, taken(&wake) == 1 && ready(wake.poller) == 0);
    return 0;
}
