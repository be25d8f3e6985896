/* Mappings, right and wrong, of files and of none: result and errno, and the same by number, in a process that has a ring of
 * io_uring and in one that has not.
 *
 * ways: fresh forked child grown
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded mode=observe: exit 0; nothing
 * guarded late-completion=poison: exit 0; nothing
 * bare differs: no
 * may skip: needs io_uring
 */
#include "transcript.h"
#include "rings.h"

static char *place;

/* Where it is put is the kernel's choice. */
static long shown(void *start) { return start == MAP_FAILED ? -1 : start == (void *)place ? 1 : 0; }

static void map_all(int file) {
    enum { READ = PROT_READ, BOTH = PROT_READ | PROT_WRITE, ANONYMOUS = MAP_PRIVATE | MAP_ANONYMOUS };
    T(shown(mmap(NULL, 4096, BOTH, ANONYMOUS, -1, 0)));
    T(shown(mmap(NULL, 0, BOTH, ANONYMOUS, -1, 0)));
    T(shown(mmap(NULL, 4096, BOTH, 0, -1, 0)));
    T(shown(mmap(NULL, 4096, READ, MAP_PRIVATE, -1, 0)));
    T(shown(mmap(NULL, 4096, READ, MAP_PRIVATE, CLOSED, 0)));
    T(shown(mmap(NULL, 4096, READ, MAP_PRIVATE, file, 1)));
    T(shown(mmap(NULL, 4096, BOTH, MAP_SHARED, file, 0)));
    T(shown(mmap(NULL, 4096, READ, MAP_SHARED, file, 0)));
    T(shown(mmap64(NULL, 4096, READ, MAP_PRIVATE, file, 4096)));
    T(shown(mmap(NULL, 4096, BOTH, ANONYMOUS, file, 0)));
    T(shown(mmap(place, 4096, BOTH, ANONYMOUS | MAP_FIXED, -1, 0)));
    T(shown(mmap(place, 4096, BOTH, ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0)));
    T(shown(mmap(place + 1, 4096, BOTH, ANONYMOUS | MAP_FIXED, -1, 0)));
    T(shown((void *)syscall(SYS_mmap, NULL, 4096, READ, MAP_PRIVATE, file, 0)));
    T(shown((void *)syscall(SYS_mmap, place, 4096, READ, MAP_PRIVATE | MAP_FIXED, file, 0)));
    T(shown((void *)syscall(SYS_mmap, NULL, 4096, READ, MAP_PRIVATE, CLOSED, 0)));
    T(shown((void *)syscall(SYS_mmap, NULL, 4096, READ, MAP_PRIVATE, file, 7)));
    T(shown((void *)syscall(SYS_mmap, NULL, 4096, READ, ANONYMOUS, file, 0)));
    T(munmap(place, 4096));
}

static int run(void *none) {
    (void)none;
    place = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int file = open("/proc/self/exe", O_RDONLY);
    map_all(file);
    struct ring ring = new_ring(0);
    map_all(file);
    T(ring.fd);
    T(shown(mmap(NULL, ring.size, PROT_READ, MAP_PRIVATE, ring.fd, IORING_OFF_SQ_RING)));
    T(shown(mmap(NULL, 1 << 30, PROT_READ, MAP_SHARED, ring.fd, IORING_OFF_SQ_RING)));
    T(shown(mmap(NULL, ring.size, PROT_READ, MAP_SHARED, ring.fd, 1 << 20)));
    T(munmap(ring.both, ring.size));
    T(close(ring.fd));
    /* Its number is given anew. */
    T(dup2(file, ring.fd));
    T(shown(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, ring.fd, 0)));
    map_all(ring.fd);
    return 0;
}

int main(int argc, char **argv) { return in_the_way(argc, argv, run); }
