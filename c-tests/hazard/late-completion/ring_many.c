/* More rings than there are records for: that is said, once, and those that are known are looked after as ever. Rings
 * that were closed take no room.
 *
 * ways: fork
 * bare: exit 12
 * guarded: exit 12; forkproof-internal reported x1, late-completion reported x2
 * may skip: needs io_uring
 */
#include "rings.h"

enum { ROOM = 64 };
static struct ring rings[ROOM + 2];

static int child(void *none) {
    (void)none;
    for (int place = 0; place < ROOM; place += ROOM - 1) {
        put(&rings[place], STRANGER);
        CHECK(20, enter(rings[place].fd, 1, 0) == 1);
    }
    return 0;
}

int main(void) {
    for (int count = 0; count < 3 * ROOM; count++) {
        struct ring ring = new_ring(0);
        end_ring(&ring);
        SETUP(open("/dev/null", O_RDONLY) == ring.fd); /* so that each gets a number of its own */
    }
    for (int place = 0; place < ROOM + 2; place++)
        rings[place] = new_ring(0);
    struct kid kid = start(PLAIN_FORK, child, NULL);
    ended(&kid);
    CHECK(12, take(&rings[0]) == 0 && take(&rings[ROOM - 1]) == 0);
    return 0;
}
