/* Two pairs in one loop, each with its signal. Each becomes the child's own when its handler writes, and not before:
 * until then what the child writes on purpose reaches its parent.
 *
 * ways: fork SYS_clone grandchild
 * bare: exit 12
 * guarded: exit 0; shared-wakeup repaired x2, inherited-poller repaired x1
 */
#include "wakeup.h"

static struct wakeup other;

static void wake_other(int number) {
    (void)number;
    SETUP(put_one(&other) == WHOLE(&other));
}

static int child(void *none) {
    (void)none;
    CHECK(20, ready(wake.poller) == 0);
    tell(up);
    next_signal();
    await(up);
    CHECK(21, ready(wake.poller) == BIT(1) && taken(&wake) == 1);
    CHECK(22, put_one(&other) == WHOLE(&other)); /* outside of handlers it is still its parent's */
    tell(up);
    await(up);
    next_signal();
    await(up);
    CHECK(23, ready(wake.poller) == BIT(2) && taken(&other) == 1 && taken(&wake) == 0);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    wake = wakeup_of("pipe");
    other = wakeup_of("stream.send.unwatched");
    SETUP(add(wake.poller, other.out, EPOLLIN, 2) == 0);
    handle(SIGUSR1, wake_up, 0);
    handle(SIGUSR2, wake_other, 0);
    struct kid kid = start(way, child, NULL);
    await(kid.line);
    signal_to(&kid, SIGUSR1);
    CHECK(12, ready(wake.poller) == 0);
    tell(kid.line);
    await(kid.line);
    CHECK(13, ready(wake.poller) == BIT(2) && taken(&other) == 1);
    tell(kid.line);
    signal_to(&kid, SIGUSR2);
    CHECK(14, ready(wake.poller) == 0);
    tell(kid.line);
    ended(&kid);
    CHECK(15, raise(SIGUSR2) == 0 && raise(SIGUSR1) == 0 && ready(wake.poller) == (BIT(1) | BIT(2)));
    return 0;
}
