/* All that the parent has left is a helper thread that idles, for a second: a child's new transfer is left to it. Bare
 * it hangs.
 *
 * ways: fork _Fork asm thread
 * bare: exit 142
 * guarded vanished-threads=off: exit 0; late-completion repaired x1
 */
#include "hang.h"
#include "late.h"

static int child(void *none) {
    (void)none;
    int ends[2];
    char byte = 0;
    SETUP(raw_call(SYS_pipe2, ends, 0) == 0 && raw_write(ends[1], "x", 1) == 1);
    struct aiocb read = reading(ends[0], &byte, 1);
    const struct aiocb *one[] = {&read};
    CHECK(21, aio_read(&read) == 0);
    CHECK(22, aio_suspend(one, 1, NULL) == 0 && aio_error(&read) == 0 && aio_return(&read) == 1 && byte == 'x');
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    int ends[2];
    char byte;
    SETUP(raw_call(SYS_pipe2, ends, 0) == 0 && raw_write(ends[1], "x", 1) == 1);
    struct aiocb read = reading(ends[0], &byte, 1);
    SETUP(aio_read(&read) == 0 && outcome_of(&read) == 0);
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    return 0;
}
