/* A child takes an event out of the ring of its parent's AIO context, as QEMU and libaio do, without a call. The parent
 * waits for it in vain. It is said when the child ends; under `poison` the ring is not there in a child.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 12; late-completion reported x1
 * guarded late-completion=poison: exit 0; late-completion poisoned x1
 * may skip: needs Linux AIO
 */
#include "rings.h"

static aio_context_t context;

static int child(void *none) {
    (void)none;
    CHECK(20, take_event(context) == 1);
    return 0;
}

/* Comes after the one that did it. */
static int innocent(void *none) {
    (void)none;
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    char text[4];
    int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    context = new_context();
    SETUP(read_by(context, file, text, sizeof text, 1) == 1);
    struct kid kid = start(way, child, NULL);
    int code = code_from(&kid);
    SETUP(code == 0 || code == 128 + SIGSEGV);
    kid = start(way, innocent, NULL);
    ended(&kid);
    CHECK(12, take_event(context) == 1);
    return 0;
}
