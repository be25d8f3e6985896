/* A library with a loop of its own, set up in its constructor: pair, poller, handler. */
#include "wakeup.h"

struct wakeup early_pair;

static void wake_early(int number) {
    (void)number;
    if (put_one(&early_pair) != 1)
        quit(50);
}

static __attribute__((constructor)) void be_early(void) {
    early_pair = wakeup_of("stream.send");
    handle(SIGUSR1, wake_early, SA_RESTART);
}
