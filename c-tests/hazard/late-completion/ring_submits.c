/* A child submits to its parent's ring: the parent gets a completion it never asked for, and the child's entry may lie
 * where the parent writes its own. It is said once, however often the child does it.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 12; late-completion reported x1
 * guarded mode=observe: exit 12; late-completion reported x1
 * guarded late-completion=off: exit 12; nothing
 * guarded late-completion=die: exit 66; late-completion died x1
 * may skip: needs io_uring
 */
#include "rings.h"

static struct ring ring;

static int child(void *none) {
    (void)none;
    put(&ring, STRANGER);
    CHECK(20, enter(ring.fd, 1, 0) == 1);
    put(&ring, STRANGER);
    CHECK(21, enter(ring.fd, 1, 0) == 1);
    tell(up);
    await(up);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    ring = new_ring(0);
    submit(&ring, 1);
    CHECK(10, take(&ring) == 1);
    struct kid kid = start(way, child, NULL);
    await(kid.line);
    CHECK(12, take(&ring) == 0);
    tell(kid.line);
    ended(&kid);
    return 0;
}
