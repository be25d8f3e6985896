/* All transfers of a descriptor are canceled, of which a thread is at one: the others are, and that one is not. Guarded the
 * cancel waits for its end, and leaves other descriptors alone.
 *
 * ways: none
 * bare: killed SIGSEGV
 * guarded: exit 0; late-completion repaired call=aio_cancel x1
 * guarded late-completion=report: killed SIGSEGV; late-completion reported x1
 */
#include "late.h"

int main(void) {
    struct flight flight, other;
    char bytes[2];
    take_off(&flight);
    struct aiocb second = reading(flight.out, &bytes[0], 1), third = reading(flight.out, &bytes[1], 1);
    SETUP(aio_read(&second) == 0 && aio_read(&third) == 0);
    take_off(&other);
    pthread_t thread = watch(lands_when_awaited, &flight);
    int answer = aio_cancel(flight.out, NULL);
    CHECK(11, answer == AIO_NOTCANCELED || (answer == AIO_ALLDONE && aio_error(flight.block) == 0));
    CHECK(12, aio_error(&second) == ECANCELED && aio_error(&third) == ECANCELED);
    give_back(flight.block);
    SETUP(pthread_join(thread, NULL) == 0);
    if (answer == AIO_NOTCANCELED)
        await_fault();
    CHECK(13, flight.byte == 'x');
    CHECK(14, aio_error(other.block) == EINPROGRESS);
    SETUP(raw_write(other.in, "y", 1) == 1);
    CHECK(15, outcome_of(other.block) == 0 && other.byte == 'y');
    return 0;
}
