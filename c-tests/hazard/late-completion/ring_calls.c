/* Each call through which a child gets at its parent's ring: it enters by another number, the first being closed; it
 * maps the ring anew and takes a completion; it takes away the files the parent has registered. Under `poison` each
 * answers EBADF.
 *
 * ways: dup mmap mmap_by_number register
 * bare: exit 12
 * guarded: exit 12; late-completion reported x1
 * guarded late-completion=poison: exit 0; late-completion poisoned x1
 * may skip: needs io_uring
 */
#include "rings.h"

static struct ring ring;
static const char *way;

static int child(void *none) {
    (void)none;
    long answer = 0;
    if (strcmp(way, "dup") == 0) {
        int other = dup(ring.fd);
        SETUP(close(ring.fd) == 0);
        answer = enter(other, 1, 0);
    } else if (strcmp(way, "register") == 0) {
        answer = syscall(SYS_io_uring_register, ring.fd, IORING_UNREGISTER_FILES, NULL, 0);
    } else {
        void *both = strcmp(way, "mmap") == 0
                         ? mmap(NULL, ring.size, PROT_READ | PROT_WRITE, MAP_SHARED, ring.fd, IORING_OFF_SQ_RING)
                         : (void *)syscall(SYS_mmap, NULL, ring.size, PROT_READ | PROT_WRITE, MAP_SHARED, ring.fd, IORING_OFF_SQ_RING);
        answer = both == MAP_FAILED ? -1 : 0;
        if (both != MAP_FAILED) {
            ring.both = both;
            CHECK(20, take(&ring) == 1);
        }
    }
    CHECK(21, answer != -1 || errno == EBADF);
    return 0;
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    way = argv[1];
    ring = new_ring(0);
    int files[] = {0, 1};
    SETUP(syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_FILES, files, 2) == 0);
    submit(&ring, 1);
    put(&ring, 2); /* not submitted yet */
    struct kid kid = start(PLAIN_FORK, child, NULL);
    ended(&kid);
    CHECK(12, take(&ring) == 1 && take(&ring) == 0 && syscall(SYS_io_uring_register, ring.fd, IORING_UNREGISTER_FILES, NULL, 0) == 0);
    CHECK(13, enter(ring.fd, 1, 1) == 1 && take(&ring) == 2);
    return 0;
}
