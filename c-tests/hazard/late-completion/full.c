/* More than there is room for, in a child with a service of its own: what does not fit is refused with EAGAIN, and fits
 * later; more descriptors than threads are worked at in turn. Bare libc takes them all, and none of them ends.
 *
 * ways: fork asm
 * bare: exit 12
 * guarded vanished-threads=off: exit 0; late-completion repaired x1, forkproof-internal reported x1
 */
#include "late.h"

enum { ROOM = 2048, MORE = 40 };

static int child(void *none) {
    (void)none;
    static struct aiocb blocks[ROOM + 1];
    static char bytes[ROOM + 1];
    struct wire wire = new_wire();
    for (int place = 0; place < ROOM; place++) {
        blocks[place] = reading(wire.out, &bytes[place], 1);
        CHECK(11, aio_read(&blocks[place]) == 0);
    }
    blocks[ROOM] = reading(wire.out, &bytes[ROOM], 1);
    errno = 0;
    CHECK(12, aio_read(&blocks[ROOM]) == -1 && errno == EAGAIN);
    while (!some_thread_reads())
        sched_yield();
    CHECK(13, aio_cancel(wire.out, &blocks[ROOM - 1]) == AIO_CANCELED);
    CHECK(14, aio_read(&blocks[ROOM]) == 0);
    SETUP(raw_write(wire.in, "x", 1) == 1);
    CHECK(15, outcome_of(&blocks[0]) == 0 && bytes[0] == 'x');
    raw_close(wire.in);
    for (int place = 1; place <= ROOM; place++)
        CHECK(16, outcome_of(&blocks[place]) == (place == ROOM - 1 ? ECANCELED : 0) && bytes[place] == 0);
    static struct wire wires[MORE];
    for (int place = 0; place < MORE; place++) {
        wires[place] = new_wire();
        blocks[place] = reading(wires[place].out, &bytes[place], 1);
        CHECK(17, aio_read(&blocks[place]) == 0);
    }
    for (int place = 0; place < MORE; place++)
        SETUP(raw_write(wires[place].in, "y", 1) == 1);
    for (int place = 0; place < MORE; place++)
        CHECK(18, outcome_of(&blocks[place]) == 0 && aio_return(&blocks[place]) == 1 && bytes[place] == 'y');
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    struct aiocb nothing = writing(new_wire().in, "", 0);
    SETUP(aio_write(&nothing) == 0 && outcome_of(&nothing) == 0);
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    return 0;
}
