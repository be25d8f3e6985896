/* One wake-up pipe that two loops watch: both of the child's registrations of it move, and its parent's loops stay as they
 * were.
 *
 * ways: fork SYS_clone grandchild
 * bare: exit 12
 * guarded: exit 0; shared-wakeup repaired x1, inherited-poller repaired x2
 */
#include "wakeup.h"

static int second;
static struct interest_list before, after;

static int child(void *none) {
    (void)none;
    CHECK(20, ready(wake.poller) == 0);
    tell(up);
    next_signal();
    await(up);
    CHECK(21, ready(wake.poller) == BIT(1));
    CHECK(22, ready(second) == BIT(3));
    CHECK(23, taken(&wake) == 1 && ready(wake.poller) == 0 && ready(second) == 0);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    wake = wakeup_of("pipe");
    second = new_poller();
    SETUP(add(second, wake.out, EPOLLIN, 3) == 0);
    handle(SIGUSR1, wake_up, 0);
    read_list(wake.poller, &before);
    struct kid kid = start(way, child, NULL);
    await(kid.line);
    signal_to(&kid, SIGUSR1);
    CHECK(12, ready(wake.poller) == 0 && ready(second) == 0);
    tell(kid.line);
    ended(&kid);
    read_list(wake.poller, &after);
    CHECK(13, same_list(&before, &after));
    CHECK(14, raise(SIGUSR1) == 0 && ready(wake.poller) == BIT(1) && ready(second) == BIT(3));
    return 0;
}
