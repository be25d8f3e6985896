/* Calls that would close what a loop watches, and that the kernel refuses: wrong flags, wrong numbers, a source
 * that is not open, the same number twice. Nothing is closed, so nothing may be forgotten: the loop itself
 * and the next child have every registration. With and without a process that holds the files.
 *
 * ways: alone held
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired x1
 */
#include "intact.h"
#include "transcript.h"
#include <linux/close_range.h>

static int hold_on(void *none) {
    (void)none;
    tell(up);
    await(up);
    return 0;
}

int main(int argc, char **argv) {
    static struct interest_list before, after;
    struct kid holder = {.pid = -1};
    SETUP(argc == 2);
    set_up_loop();
    if (strcmp(argv[1], "held") == 0) {
        holder = start(PLAIN_FORK, hold_on, NULL);
        await(holder.line);
    }
    read_list(poller, &before);
    unsigned first = (unsigned)pipes[0].out, last = (unsigned)pipes[0].in;
    CHECK(20, close_range(first, last, 64) == -1 && errno == EINVAL);
    CHECK(21, close_range(last, first, 0) == -1 && errno == EINVAL);
    CHECK(22, syscall(SYS_close_range, first, last, 1 << 20) == -1 && errno == EINVAL);
    CHECK(23, close_range(first, last, CLOSE_RANGE_CLOEXEC) == 0);
    CHECK(24, dup2(CLOSED, pipes[1].out) == -1 && errno == EBADF);
    CHECK(25, dup2(pipes[1].out, pipes[1].out) == pipes[1].out);
    CHECK(26, dup2(CLOSED, CLOSED) == -1 && errno == EBADF);
    CHECK(27, dup2(0, -1) == -1 && errno == EBADF);
    CHECK(28, dup3(0, pipes[2].out, 12345) == -1 && errno == EINVAL);
    CHECK(29, dup3(0, pipes[2].out, O_NONBLOCK) == -1 && errno == EINVAL);
    CHECK(30, dup3(CLOSED, pipes[2].out, O_CLOEXEC) == -1 && errno == EBADF);
    CHECK(31, dup3(pipes[3].out, pipes[3].out, 0) == -1 && errno == EINVAL);
    CHECK(32, syscall(SYS_dup3, 0, pipes[3].out, 64) == -1 && errno == EINVAL);
    CHECK(33, syscall(SYS_dup3, pipes[3].out, pipes[3].out, 0) == -1 && errno == EINVAL);
    CHECK(34, dup3(0, poller, 12345) == -1 && errno == EINVAL);
    CHECK(35, dup2(CLOSED, poller) == -1 && errno == EBADF);
    CHECK(36, fcntl(CLOSED, F_DUPFD, 0) == -1 && errno == EBADF);
    CHECK(37, close(CLOSED) == -1 && errno == EBADF);
    /* A number past the limit is refused, though it is open. */
    struct rlimit limit, low;
    SETUP(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    low = limit;
    low.rlim_cur = FAR;
    SETUP(setrlimit(RLIMIT_NOFILE, &low) == 0);
    CHECK(38, dup2(0, pipes[WATCHED - 1].out) == -1 && errno == EBADF);
    CHECK(39, dup3(0, pipes[WATCHED - 1].out, 0) == -1 && errno == EBADF);
    SETUP(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    read_list(poller, &after);
    CHECK(16, same_list(&before, &after));
    intact();
    if (holder.pid != -1) {
        tell(holder.line);
        ended(&holder);
    }
    return 0;
}
