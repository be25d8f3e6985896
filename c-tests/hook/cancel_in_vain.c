/* A cancel of a read that nobody ends: it is waited for, and the truth is told in the end.
 *
 * ways: none
 * bare: exit 0
 * guarded cancel_wait_ms=50: exit 0; late-completion reported x2
 * guarded late-completion=report: exit 0; late-completion reported x2
 * guarded late-completion=off: exit 0; nothing
 * bare differs: no
 */
#include "late.h"

int main(void) {
    struct flight flight;
    take_off(&flight);
    for (int count = 0; count < 2; count++) {
        errno = 4321;
        CHECK(11, aio_cancel(flight.out, flight.block) == AIO_NOTCANCELED && errno == 4321);
        CHECK(12, aio_error(flight.block) == EINPROGRESS);
    }
    CHECK(13, aio_cancel(flight.out, NULL) == AIO_NOTCANCELED);
    errno = 4321;
    CHECK(14, close(flight.out) == 0 && errno == 4321);
    CHECK(15, close(flight.out) == -1 && errno == EBADF);
    return 0;
}
