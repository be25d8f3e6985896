/* A vfork child, or another at work in its parent's memory, looks at its parent's transfer, which is the parent's own and
 * goes on; it cancels nothing, and its closes are its own.
 *
 * ways: vfork clone clone_vm thread
 * bare: exit 0
 * guarded: exit 0; nothing
 * bare differs: no
 */
#include "late.h"
#include "visitor.h"

static struct flight flight;

static int visitor(void *none) {
    (void)none;
    CHECK(11, aio_error(flight.block) == EINPROGRESS);
    CHECK(12, aio_cancel(flight.in, flight.block) == -1 && errno == EINVAL);
    CHECK(13, close(flight.out) == 0);
    CHECK(14, aio_error(flight.block) == EINPROGRESS);
    return 0;
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    take_off(&flight);
    CHECK(20, visit(argv[1], visitor, NULL) == 0);
    CHECK(21, aio_error(flight.block) == EINPROGRESS);
    SETUP(raw_write(flight.in, "x", 1) == 1);
    CHECK(22, outcome_of(flight.block) == 0 && aio_return(flight.block) == 1);
    CHECK(23, aio_read(flight.block) == 0);
    SETUP(raw_write(flight.in, "y", 1) == 1);
    CHECK(24, outcome_of(flight.block) == 0 && flight.byte == 'y' && close(flight.out) == 0);
    return 0;
}
