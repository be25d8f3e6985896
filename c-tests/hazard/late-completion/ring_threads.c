/* Eight threads of a child enter the inherited ring at once: it is said once.
 *
 * ways: fork _Fork asm
 * bare: exit 12
 * guarded vanished-threads=off: exit 12; late-completion reported x1
 * guarded vanished-threads=off late-completion=poison: exit 0; late-completion poisoned x1
 * may skip: needs io_uring
 */
#include "rings.h"

enum { COUNT = 8 };
static struct ring ring;
static pthread_barrier_t barrier;

static void *submits(void *none) {
    pthread_barrier_wait(&barrier);
    long answer = enter(ring.fd, 1, 0);
    CHECK(20, answer >= 0 || errno == EBADF);
    return none;
}

static int child(void *none) {
    (void)none;
    pthread_t threads[COUNT];
    SETUP(pthread_barrier_init(&barrier, NULL, COUNT) == 0);
    for (int place = 0; place < COUNT; place++)
        SETUP(pthread_create(&threads[place], NULL, submits, NULL) == 0);
    for (int place = 0; place < COUNT; place++)
        SETUP(pthread_join(threads[place], NULL) == 0);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    ring = new_ring(0);
    put(&ring, 1); /* not submitted yet */
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    CHECK(12, take(&ring) == 0);
    CHECK(13, enter(ring.fd, 1, 1) == 1 && take(&ring) == 1);
    return 0;
}
