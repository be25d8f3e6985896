/* A child that does what libevent's event_reinit and libuv's uv_loop_fork do: it makes its wake-up pair and its loop anew, and goes
 * on with the handlers it has. Its signals are its own: sent by its parent, by itself, and by a timer.
 *
 * ways: fork _Fork SYS_clone thread grandchild
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded mode=strict: exit 0; nothing
 * bare differs: no
 */
#include "wakeup.h"

static int child(void *none) {
    (void)none;
    handled = 0;
    SETUP(close(wake.poller) == 0 && close(wake.out) == 0 && close(wake.in) == 0);
    wake = wakeup_of("stream.send");
    for (int round = 1; round <= 3; round++) {
        next_signal();
        await(up);
        CHECK(20, handled == round && put_badly == 0);
        CHECK(21, woken(&wake) == 1 && taken(&wake) == 1);
    }
    CHECK(22, raise(SIGUSR1) == 0 && woken(&wake) == 1 && taken(&wake) == 1);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    wake = wakeup_of("stream.send");
    handle(SIGUSR1, wake_up, SA_RESTART);
    struct kid kid = start(way, child, NULL);
    for (int round = 0; round < 3; round++) {
        signal_to(&kid, SIGUSR1);
        CHECK(12, woken(&wake) == 0);
        tell(kid.line);
    }
    ended(&kid);
    say("heard %d\n", taken(&wake));
    return 0;
}
