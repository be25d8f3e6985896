/* A program ends and closes what it has, each with a read under way that nobody will end; the blocks stay. Guarded each
 * close waits less than the one before: all of them take a few times the bound, where each with the whole of it would take
 * longer than the alarm lets it.
 *
 * ways: none
 * bare: exit 0
 * guarded cancel_wait_ms=1000: exit 0; late-completion reported x16
 * guarded cancel_wait_ms=0: exit 0; late-completion reported x16
 */
#define ALARM_SECONDS 12
#include "late.h"

enum { READS = 16 };

int main(void) {
    static struct aiocb blocks[READS];
    static char bytes[READS];
    for (int place = 0; place < READS; place++) {
        blocks[place] = reading(new_wire().out, &bytes[place], 1);
        CHECK(1, aio_read(&blocks[place]) == 0);
    }
    for (int place = 0; place < READS; place++)
        CHECK(2, close(blocks[place].aio_fildes) == 0);
    return 0;
}
