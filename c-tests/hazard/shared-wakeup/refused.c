/* The child has no number left for a pair of its own: it goes on with its parent's, as bare, and that is said.
 *
 * ways: pipe stream.send event
 * bare: exit 12
 * guarded: exit 12; shared-wakeup failed errno=24 x1, inherited-poller repaired x1, handler-in-child reported x1
 */
#include "wakeup.h"

static int child(void *none) {
    (void)none;
    struct rlimit limit = {20, 20};
    CHECK(20, woken(&wake) == 0);
    SETUP(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    while (raw_call(SYS_dup, 1) != -1)
        continue;
    for (int round = 1; round <= 2; round++) {
        next_signal();
        CHECK(21, handled == round && put_badly == 0);
        await(up);
    }
    return 0;
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    wake = wakeup_of(argv[1]);
    handle(SIGUSR1, wake_up, SA_RESTART);
    struct kid kid = start(PLAIN_FORK, child, NULL);
    int heard = 0;
    for (int round = 0; round < 2; round++) {
        signal_to(&kid, SIGUSR1);
        heard += taken(&wake);
        tell(kid.line);
    }
    ended(&kid);
    CHECK(13, heard == 0 || heard == 2);
    CHECK(12, heard == 0);
    return 0;
}
