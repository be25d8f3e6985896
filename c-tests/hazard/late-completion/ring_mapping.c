/* A child that takes a completion out of its parent's ring and makes no call: the parent waits for it in vain. It is
 * said when the child ends. Under `poison` the ring's memory is not there in a child, which dies of SIGSEGV as of any
 * wrong access, and not without a word.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 12; late-completion reported x1
 * guarded mode=observe: exit 12; late-completion reported x1
 * guarded late-completion=off: exit 12; nothing
 * guarded late-completion=die: exit 12; late-completion died x1
 * guarded late-completion=poison: exit 0; late-completion poisoned x1
 * may skip: needs io_uring, and Linux 6.10
 */
#include "rings.h"

static struct ring ring;

static int child(void *none) {
    (void)none;
    CHECK(20, take(&ring) == 1);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    need_pages();
    ring = new_ring(0);
    submit(&ring, 1);
    struct kid kid = start(way, child, NULL);
    int code = code_from(&kid);
    SETUP(code == 0 || code == 66 || code == 128 + SIGSEGV);
    CHECK(12, take(&ring) == 1);
    CHECK(13, code == 128 + SIGSEGV);
    return 0;
}
