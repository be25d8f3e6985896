/* The child that has closed what the handler writes to, as a program does that knows half of its duties: the signal is
 * swallowed. The write fails as it does bare, and the handler is reported.
 *
 * ways: fork SYS_clone
 * bare: exit 12
 * guarded: exit 12; handler-in-child reported x1
 */
#include "inherited_handler.h"

static int wake[2];
static volatile int put_errno;

static void wake_up(int number) {
    int error = errno;
    if (write(wake[1], "s", 1) == -1)
        put_errno = errno;
    count(number);
    errno = error;
}

static int child(void *none) {
    (void)none;
    SETUP(close(wake[0]) == 0 && close(wake[1]) == 0);
    tell(up);
    next_signal();
    CHECK(21, put_errno == EBADF);
    CHECK(12, handled == 0);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    SETUP(pipe2(wake, O_NONBLOCK) == 0);
    handle(SIGTERM, wake_up, 0);
    struct kid kid = start(way, child, NULL);
    await(kid.line);
    SETUP(kill(kid.pid, SIGTERM) == 0);
    delivered(&kid);
    ended(&kid);
    return 0;
}
