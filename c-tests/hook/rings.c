/* Calls on rings of io_uring and on contexts of AIO, right and wrong, by number: result and errno.
 *
 * ways: fresh forked child grown
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded mode=observe: exit 0; nothing
 * guarded late-completion=poison: exit 0; nothing
 * bare differs: no
 * may skip: needs io_uring and Linux AIO
 */
#include "transcript.h"
#include "rings.h"

#define DIRTY(number) ((long)(number) | 0x7654321000000000)

static int run(void *none) {
    (void)none;
    struct io_uring_params about = {0}, wrong = {.flags = 1U << 31}, nameless = {.flags = 1U << 15};
    unsigned char probe[sizeof(struct io_uring_probe)] = {0};
    struct io_event events[4];
    struct timespec now = {0, 0};
    aio_context_t context = 0, used = 1;
    int pipe_ = new_pipe().out, file = open("/proc/self/exe", O_RDONLY);
    struct ring ring = new_ring(0);
    T(ring.fd);
    T(syscall(SYS_io_uring_setup, 0, &about));
    T(syscall(SYS_io_uring_setup, 1 << 30, &about));
    T(syscall(SYS_io_uring_setup, 8, NULL));
    T(syscall(SYS_io_uring_setup, 8, NOWHERE));
    T(syscall(SYS_io_uring_setup, 8, &wrong));
    T(syscall(SYS_io_uring_setup, 8, &nameless));
    put(&ring, 5);
    T(syscall(SYS_io_uring_enter, DIRTY(ring.fd), DIRTY(1), DIRTY(1), IORING_ENTER_GETEVENTS, NULL, 0));
    T(take(&ring));
    T(enter(ring.fd, 0, 0));
    T(enter(ring.fd, 5, 0));
    T(enter(CLOSED, 1, 0));
    T(enter(-1, 1, 0));
    T(enter(pipe_, 1, 0));
    T(syscall(SYS_io_uring_enter, ring.fd, 0, 0, 1 << 20, NULL, 0));
    T(syscall(SYS_io_uring_enter, 3, 0, 0, 1 << 4, NULL, 0));
    T(syscall(SYS_io_uring_enter, ring.fd, 0, 1, IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG, NOWHERE, 3));
    T(syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_PROBE, probe, 0));
    T(syscall(SYS_io_uring_register, ring.fd, 4321, NULL, 0));
    T(syscall(SYS_io_uring_register, CLOSED, IORING_REGISTER_PROBE, probe, 0));
    T(syscall(SYS_io_uring_register, pipe_, IORING_REGISTER_PROBE, probe, 0));
    T(syscall(SYS_io_uring_register, 3, IORING_REGISTER_PROBE | 1U << 31, probe, 0));
    T(close(ring.fd));
    T(enter(ring.fd, 0, 0));
    /* Contexts. */
    T(syscall(SYS_io_setup, 0, &context));
    T(syscall(SYS_io_setup, 8, NULL));
    T(syscall(SYS_io_setup, 8, NOWHERE));
    T(syscall(SYS_io_setup, 8, &used));
    T(used);
    T(syscall(SYS_io_setup, 8, &context));
    char text[4];
    T(read_by(context, file, text, sizeof text, 7));
    T(syscall(SYS_io_getevents, context, 1, 4, events, NULL));
    T(events[0].data);
    T(syscall(SYS_io_pgetevents, context, 0, 4, events, &now, NULL));
    T(syscall(SYS_io_getevents, context, -1, 4, events, &now));
    T(syscall(SYS_io_getevents, context, 5, 4, events, &now));
    T(syscall(SYS_io_submit, context, -1, NULL));
    T(syscall(SYS_io_submit, context, 1, NOWHERE));
    T(syscall(SYS_io_submit, context, 1, NULL));
    T(syscall(SYS_io_cancel, context, NOWHERE, events));
    T(read_by(context, CLOSED, text, sizeof text, 7));
    T(syscall(SYS_io_destroy, context));
    T(syscall(SYS_io_destroy, context));
    T(read_by(context, file, text, sizeof text, 7));
    T(syscall(SYS_io_getevents, (aio_context_t)16, 1, 4, events, NULL));
    T(syscall(SYS_io_destroy, 0));
    return 0;
}

int main(int argc, char **argv) { return in_the_way(argc, argv, run); }
