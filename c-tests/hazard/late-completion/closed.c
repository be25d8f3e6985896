/* A descriptor is closed, or another file put over it, with a transfer under way, and its block given back. libc writes to the
 * block when the read ends. Guarded the close waits for the end, for each way to close.
 *
 * ways: close dup2 dup3 close_range closefrom fclose SYS_close SYS_dup3 duplicate
 * bare: killed SIGSEGV
 * guarded: exit 0; late-completion repaired x1
 * guarded late-completion=report: killed SIGSEGV; late-completion reported x1
 * guarded late-completion=off: killed SIGSEGV; nothing
 * guarded late-completion=die: exit 66; late-completion died x1
 */
#include "late.h"

static bool is(const char *way, const char *name) { return strcmp(way, name) == 0; }

static void shut(const char *way, int fd, int other) {
    unsigned number = (unsigned)fd;
    FILE *stream = is(way, "fclose") ? fdopen(fd, "r") : NULL;
    if (is(way, "close"))
        CHECK(11, close(fd) == 0);
    else if (is(way, "dup2"))
        CHECK(12, dup2(other, fd) == fd);
    else if (is(way, "dup3"))
        CHECK(13, dup3(other, fd, O_CLOEXEC) == fd);
    else if (is(way, "close_range"))
        CHECK(14, close_range(number, number, 0) == 0);
    else if (is(way, "closefrom"))
        closefrom(fd);
    else if (stream)
        CHECK(15, fclose(stream) == 0);
    else if (is(way, "SYS_close"))
        CHECK(16, syscall(SYS_close, fd) == 0);
    else if (is(way, "SYS_dup3"))
        CHECK(17, syscall(SYS_dup3, other, fd, 0) == fd);
    else if (is(way, "duplicate"))
        CHECK(18, close(fd) == 0);
    else
        SETUP(!"a way");
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    struct flight flight;
    take_off(&flight);
    int other = (int)raw_call(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY);
    /* Out of the reach of closefrom: below. */
    SETUP(raw_dup3(flight.in, 0, 0) == 0 && raw_close(flight.in) == 0);
    flight.in = 0;
    if (is(argv[1], "duplicate"))
        SETUP(dup(flight.out) != -1);
    pthread_t thread = watch(lands_when_awaited, &flight);
    shut(argv[1], flight.out, other);
    bool landed = aio_error(flight.block) == 0;
    give_back(flight.block);
    SETUP(pthread_join(thread, NULL) == 0);
    if (!landed)
        await_fault();
    CHECK(19, flight.byte == 'x');
    return 0;
}
