/* A ring that the kernel polls (IORING_SETUP_SQPOLL): a child submits to it by writing to memory. The parent gets a
 * completion it never asked for.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 12; late-completion reported x1
 * guarded late-completion=poison: exit 0; late-completion poisoned x1
 * may skip: needs io_uring, and Linux 6.10
 */
#include "rings.h"

static struct ring ring;

static int child(void *none) {
    (void)none;
    put(&ring, STRANGER);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    need_pages();
    ring = new_ring(IORING_SETUP_SQPOLL);
    struct kid kid = start(way, child, NULL);
    int code = code_from(&kid);
    SETUP(code == 0 || code == 128 + SIGSEGV);
    put(&ring, 1);
    /* Wakes the kernel's thread if that has gone to sleep, and waits for a completion. */
    SETUP(syscall(SYS_io_uring_enter, ring.fd, 1, 1, IORING_ENTER_GETEVENTS | IORING_ENTER_SQ_WAKEUP, NULL, 0) >= 0);
    CHECK(12, take(&ring) == 1);
    return 0;
}
