/* A child uses an AIO context of its parent's. The kernel refuses each call, and what the child has queued is never
 * done: said once. To give it up (io_destroy) is nothing. A context of the child's own works.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 12; late-completion reported x1
 * guarded mode=observe: exit 12; late-completion reported x1
 * guarded late-completion=off: exit 12; nothing
 * guarded late-completion=poison: exit 12; late-completion poisoned x1
 * guarded late-completion=die: exit 66; late-completion died x1
 * may skip: needs Linux AIO
 */
#include "rings.h"

static aio_context_t context;
static int file;

static int child(void *none) {
    (void)none;
    char text[4];
    struct io_event event;
    struct timespec now = {0, 0};
    long submitted = read_by(context, file, text, sizeof text, 2);
    CHECK(20, submitted == -1 && errno == EINVAL);
    CHECK(21, syscall(SYS_io_getevents, context, 0, 1, &event, &now) == -1 && errno == EINVAL);
    CHECK(22, syscall(SYS_io_pgetevents, context, 0, 1, &event, &now, NULL) == -1 && errno == EINVAL);
    CHECK(23, syscall(SYS_io_cancel, context, NULL, &event) == -1);
    CHECK(24, syscall(SYS_io_destroy, context) == -1 && errno == EINVAL);
    aio_context_t own = new_context();
    CHECK(25, read_by(own, file, text, sizeof text, 3) == 1);
    CHECK(26, syscall(SYS_io_getevents, own, 1, 1, &event, NULL) == 1 && event.data == 3);
    CHECK(27, syscall(SYS_io_destroy, own) == 0);
    CHECK(12, submitted == 1); /* what a program counts on */
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    context = new_context();
    file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    SETUP(file != -1);
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    return 0;
}
