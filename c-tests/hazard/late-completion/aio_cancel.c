/* A read is canceled that a thread is at, and its block given back: libc writes to it when the read ends, which is a fault here,
 * where the block's page is gone, and would be somebody else's memory otherwise. Guarded the cancel waits for the end.
 *
 * ways: none
 * bare: killed SIGSEGV
 * guarded: exit 0; late-completion repaired call=aio_cancel x1
 * guarded cancel_wait_ms=60000: exit 0; late-completion repaired x1
 * guarded cancel_wait_ms=0: killed SIGSEGV; late-completion reported x1
 * guarded late-completion=off: killed SIGSEGV; nothing
 * guarded late-completion=report: killed SIGSEGV; late-completion reported x1
 * guarded late-completion=poison: killed SIGSEGV; late-completion reported x1
 * guarded mode=observe: killed SIGSEGV; late-completion reported x1
 * guarded late-completion=die: exit 66; late-completion died x1
 */
#include "late.h"

int main(void) {
    struct flight flight;
    take_off(&flight);
    pthread_t thread = watch(lands_when_awaited, &flight);
    int answer = aio_cancel(flight.out, flight.block);
    CHECK(11, answer == AIO_NOTCANCELED || (answer == AIO_ALLDONE && aio_error(flight.block) == 0 && aio_return(flight.block) == 1));
    give_back(flight.block);
    SETUP(pthread_join(thread, NULL) == 0);
    if (answer == AIO_NOTCANCELED)
        await_fault();
    CHECK(12, flight.byte == 'x');
    return 0;
}
