/* A child and its own child submit to the ring of the first process, and to one that the child made: said once for each
 * ring and process.
 *
 * ways: all
 * bare: exit 12
 * guarded vanished-threads=off: exit 12; late-completion reported x3
 * may skip: needs io_uring
 */
#include "rings.h"

static struct ring ring, second;

static int grandchild(void *none) {
    (void)none;
    for (int count = 0; count < 3; count++)
        CHECK(30, enter(ring.fd, 0, 0) == 0 && enter(second.fd, 0, 0) == 0);
    return 0;
}

static int child(void *way) {
    put(&ring, STRANGER);
    CHECK(20, enter(ring.fd, 1, 0) == 1);
    second = new_ring(0);
    submit(&second, 4);
    CHECK(21, take(&second) == 4);
    struct kid kid = start(way, grandchild, NULL);
    ended(&kid);
    submit(&second, 5);
    CHECK(22, take(&second) == 5);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    ring = new_ring(0);
    struct kid kid = start(way, child, (void *)(uintptr_t)way);
    ended(&kid);
    CHECK(12, take(&ring) == 0);
    return 0;
}
