/* One instance under six numbers (dup, dup2, dup3, F_DUPFD, F_DUPFD_CLOEXEC): whichever the child
 * touches first, all six are the child's own instance afterwards. One more dup, made in the child
 * before the first touch, belongs to them; one closed and given to another file in the child does not
 * come back.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired x6
 * guarded verify=1: exit 0; inherited-poller repaired x6
 */
#include "fork_ways.h"
#include "poller.h"

static int numbers[6];

static int child(void *arg) {
    int touched = *(int *)arg, closed = (touched + 1) % 6;
    int late = dup(numbers[touched]);
    SETUP(late != -1);
    SETUP(close(numbers[closed]) == 0);
    struct line_pipe own = new_pipe();
    int other = dup2(own.out, numbers[closed]);
    SETUP(other == numbers[closed]);
    CHECK(21, add(numbers[touched], other, EPOLLIN, 7) == 0);
    fill(own);
    for (int place = 0; place < 6; place++)
        CHECK(22, place == closed || ready(numbers[place]) == BIT(7));
    CHECK(23, ready(late) == BIT(7));
    char byte;
    CHECK(24, raw_read(numbers[closed], &byte, 1) == 1);
    for (int place = 0; place < 6; place++)
        CHECK(25, place == closed || (fcntl(numbers[place], F_GETFD) == FD_CLOEXEC) == (place == 0 || place == 3 || place == 5));
    fill(own);
    tell(up);
    await(up);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    numbers[0] = new_poller();
    numbers[1] = dup(numbers[0]);
    numbers[2] = dup2(numbers[0], 60);
    numbers[3] = dup3(numbers[0], 61, O_CLOEXEC);
    numbers[4] = fcntl(numbers[1], F_DUPFD, 70);
    numbers[5] = fcntl(numbers[2], F_DUPFD_CLOEXEC, 80);
    for (int place = 0; place < 6; place++)
        SETUP(numbers[place] != -1);
    for (int place = 0; place < 6; place++) {
        struct kid kid = start(way, child, &place);
        await(kid.line);
        CHECK(12, ready(numbers[0]) == 0);
        tell(kid.line);
        ended(&kid);
    }
    return 0;
}
