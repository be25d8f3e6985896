/* What no hook can see: calls on a ring by instruction, which is how liburing makes them since 2.2. Pinned, so that it
 * is known what is lost: a child's submissions to a ring that was set up so, or entered so in the child.
 *
 * ways: set_up entered
 * bare: exit 12
 * guarded: exit 12; nothing
 * guarded late-completion=poison: exit 12; nothing
 * may skip: needs io_uring
 */
#include "rings.h"

static struct ring ring;
static const char *way;

static int child(void *none) {
    (void)none;
    if (strcmp(way, "set_up") == 0)
        put(&ring, STRANGER);
    CHECK(20, raw_call(SYS_io_uring_enter, ring.fd, 1, 0, 0, NULL, 0) == 1);
    raw_call(SYS_exit_group, 0);
    return 0;
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    way = argv[1];
    if (strcmp(way, "set_up") == 0) {
        ring.fd = (int)raw_call(SYS_io_uring_setup, ENTRIES, &ring.about);
        if (ring.fd == -1)
            SKIP("this machine allows no io_uring");
        map_ring(&ring);
    } else {
        ring = new_ring(0);
        put(&ring, 1); /* not submitted yet: the child writes to no memory */
    }
    struct kid kid = start(PLAIN_FORK, child, NULL);
    ended(&kid);
    CHECK(12, take(&ring) == 0);
    return 0;
}
