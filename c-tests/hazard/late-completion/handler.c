/* What ends the read that a cancel waits for is a signal's handler, on the thread that waits: it runs.
 *
 * ways: none
 * bare: exit 12
 * guarded: exit 0; late-completion repaired x1
 */
#include "late.h"

static struct flight flight;

static void ends_it(int number) {
    (void)number;
    SETUP(raw_write(flight.in, "x", 1) == 1);
}

static void *signals(void *none) {
    await_subject();
    if (!is_given_back)
        SETUP(raw_call(SYS_tgkill, raw_getpid(), subject, SIGUSR1) == 0);
    return none;
}

int main(void) {
    struct sigaction action = {.sa_handler = ends_it};
    SETUP(sigaction(SIGUSR1, &action, NULL) == 0);
    take_off(&flight);
    pthread_t thread = watch(signals, NULL);
    CHECK(12, aio_cancel(flight.out, flight.block) == AIO_ALLDONE);
    CHECK(13, aio_error(flight.block) == 0 && aio_return(flight.block) == 1);
    is_given_back = true;
    SETUP(pthread_join(thread, NULL) == 0);
    return 0;
}
