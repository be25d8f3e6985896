/* `poison`: every call of a child's on its parent's ring answers EBADF, also through another number and for a mapping
 * made anew, and the ring is as it was. The number may be closed, and is the child's own to use again, with a ring of
 * its own.
 *
 * ways: all
 * bare: exit 20
 * guarded late-completion=poison: exit 0; late-completion poisoned x1
 * may skip: needs io_uring
 */
#include "rings.h"

static struct ring ring;
static int twin;

static int child(void *none) {
    (void)none;
    unsigned char probe[sizeof(struct io_uring_probe)] = {0};
    CHECK(20, enter(ring.fd, 0, 0) == -1 && errno == EBADF);
    CHECK(21, enter(ring.fd, 0, 0) == -1 && errno == EBADF);
    CHECK(22, enter(twin, 0, 0) == -1 && errno == EBADF);
    int third = dup(twin);
    CHECK(23, enter(third, 0, 0) == -1 && errno == EBADF);
    CHECK(24, syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_PROBE, probe, 0) == -1 && errno == EBADF);
    void *again = mmap(NULL, ring.size, PROT_READ, MAP_SHARED, ring.fd, IORING_OFF_SQ_RING);
    CHECK(25, again == MAP_FAILED && errno == EBADF);
    again = (void *)syscall(SYS_mmap, NULL, ring.size, PROT_READ, MAP_SHARED, ring.fd, IORING_OFF_SQ_RING);
    CHECK(26, again == MAP_FAILED && errno == EBADF);
    int before = ring.fd;
    end_ring(&ring);
    ring = new_ring(0);
    CHECK(27, ring.fd == before);
    submit(&ring, 3);
    CHECK(28, take(&ring) == 3);
    CHECK(29, enter(twin, 0, 0) == -1 && errno == EBADF);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    ring = new_ring(0);
    twin = dup(ring.fd);
    submit(&ring, 1);
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    CHECK(12, take(&ring) == 1);
    submit(&ring, 2);
    CHECK(13, take(&ring) == 2);
    return 0;
}
