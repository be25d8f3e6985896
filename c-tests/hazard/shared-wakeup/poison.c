/* `poison`: the write of the child's handler fails with EBADF, nothing is written, and nobody wakes. What it writes
 * elsewhere, and what the same program writes outside of handlers, goes on. The handler writes to a pair of the child's own
 * too, so nothing is said of it.
 *
 * ways: pipe stream.send dgram event event.eventfd_write
 * bare: exit 12
 * guarded shared-wakeup=poison: exit 0; shared-wakeup poisoned x1, inherited-poller repaired x1
 */
#include "wakeup.h"

static struct wakeup other;
static volatile int put_errno;

static void wake_up_or_say(int number) {
    (void)number;
    handled++;
    errno = 0;
    if (put_one(&wake) != WHOLE(&wake))
        put_errno = errno;
    CHECK(16, put_one(&other) == WHOLE(&other));
}

static int child(void *none) {
    (void)none;
    CHECK(20, woken(&wake) == 0);
    other = wakeup_of("pipe.unwatched");
    tell(up);
    for (int round = 1; round <= 2; round++) {
        next_signal();
        CHECK(21, handled == round);
        await(up);
        CHECK(22, put_errno == EBADF);
        CHECK(23, woken(&wake) == 0 && taken(&wake) == 0 && taken(&other) == 1);
        put_errno = 0;
    }
    CHECK(24, put_one(&wake) == WHOLE(&wake));
    return 0;
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    wake = wakeup_of(argv[1]);
    handle(SIGUSR1, wake_up_or_say, SA_RESTART);
    struct kid kid = start(PLAIN_FORK, child, NULL);
    await(kid.line);
    for (int round = 0; round < 2; round++) {
        signal_to(&kid, SIGUSR1);
        CHECK(12, woken(&wake) == 0);
        tell(kid.line);
    }
    ended(&kid);
    CHECK(13, woken(&wake) == 1 && taken(&wake) == 1);
    return 0;
}
