/* kcmp(2) is refused in the child, as containers do. Whether the parent has the ring is seen in /proc then; one that it
 * has closed is the child's alone, and is not mentioned.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 12; late-completion reported x1
 * may skip: needs io_uring and seccomp filters
 */
#include "rings.h"
#include "refuse.h"

static struct ring ring, handed_over;

static int child(void *none) {
    (void)none;
    await(up);
    refuse(SYS_kcmp, EPERM);
    submit(&handed_over, 3);
    CHECK(20, take(&handed_over) == 3);
    put(&ring, STRANGER);
    CHECK(21, enter(ring.fd, 1, 0) == 1);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    ring = new_ring(0);
    handed_over = new_ring(0);
    struct kid kid = start(way, child, NULL);
    end_ring(&handed_over);
    tell(kid.line);
    ended(&kid);
    CHECK(12, take(&ring) == 0);
    return 0;
}
