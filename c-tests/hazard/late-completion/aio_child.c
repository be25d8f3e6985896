/* A child of a process with one transfer under way, one in the queue behind it and an idle helper thread: what was
 * inherited ends as canceled however it is looked at, and new transfers are made. The parent's go on. Bare the first look
 * says for ever that it is under way, and a new one waits for a thread that is not here.
 *
 * ways: all
 * bare: exit 11
 * guarded vanished-threads=off: exit 0; late-completion repaired x6
 * guarded late-completion=report: exit 11; late-completion reported call=aio_write x1
 * guarded mode=observe: exit 11; late-completion reported x1
 * guarded late-completion=poison: exit 11; late-completion reported x1
 * guarded late-completion=off: exit 11; nothing
 * guarded late-completion=die: exit 66; late-completion died x1
 */
#include "late.h"

static struct flight flight;
static char bytes[6];
static struct aiocb queued[5];
static const char *const HELLO = "hello";

static int child(void *none) {
    (void)none;
    int ends[2];
    char text[6] = "";
    SETUP(raw_call(SYS_pipe2, ends, 0) == 0);
    struct aiocb write = writing(ends[1], HELLO, 5), read = reading(ends[0], text, 5);
    const struct aiocb *first[] = {flight.block}, *second[] = {NULL, &queued[0]}, *both[] = {&write, &read};
    CHECK(21, aio_write(&write) == 0);
    CHECK(11, aio_error(flight.block) == ECANCELED && aio_error(flight.block) == ECANCELED);
    CHECK(22, aio_return(flight.block) == -1);
    CHECK(23, aio_suspend(first, 1, NULL) == 0);
    CHECK(24, aio_suspend(second, 2, NULL) == 0 && aio_error(&queued[0]) == ECANCELED);
    CHECK(25, aio_return(&queued[1]) == -1 && aio_error(&queued[1]) == ECANCELED);
    CHECK(26, aio_cancel(flight.out, &queued[2]) == AIO_CANCELED && aio_error(&queued[2]) == ECANCELED);
    CHECK(27, aio_cancel(flight.out, &queued[2]) == AIO_ALLDONE);
    CHECK(28, aio_cancel(flight.out, NULL) == AIO_ALLDONE);
    CHECK(29, aio_read(&read) == 0);
    while (aio_error(&write) == EINPROGRESS || aio_error(&read) == EINPROGRESS)
        CHECK(30, aio_suspend(both + (aio_error(&write) != EINPROGRESS), 1, NULL) == 0);
    CHECK(31, aio_error(&write) == 0 && aio_return(&write) == 5 && aio_error(&read) == 0 && aio_return(&read) == 5);
    CHECK(32, strcmp(text, HELLO) == 0);
    /* A child that lets its parent's descriptor go has nothing to wait for. */
    CHECK(33, close(flight.out) == 0);
    CHECK(34, aio_error(&queued[3]) == ECANCELED);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    take_off(&flight);
    for (int place = 0; place < 5; place++) {
        queued[place] = reading(flight.out, &bytes[place], 1);
        SETUP(aio_read(&queued[place]) == 0);
    }
    struct aiocb other = writing(flight.in, "", 0);
    SETUP(aio_write(&other) == 0 && outcome_of(&other) == 0);
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    SETUP(raw_write(flight.in, "abcdef", 6) == 6);
    CHECK(41, outcome_of(flight.block) == 0 && aio_return(flight.block) == 1 && flight.byte == 'a');
    for (int place = 0; place < 5; place++)
        CHECK(42, outcome_of(&queued[place]) == 0 && aio_return(&queued[place]) == 1 && bytes[place] == "bcdef"[place]);
    return 0;
}
