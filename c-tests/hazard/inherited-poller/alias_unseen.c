/* The poller has a second number that no hook saw being made (an instruction in the program), so it
 * is taken for a poller that came from elsewhere: the known number is mended, the use of the unknown
 * one is reported. Here to pin what is not covered.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 12; inherited-poller repaired fd=3 x1, inherited-poller reported fd=50 x1
 */
#include "fork_ways.h"
#include "poller.h"

static int poller, alias;
static struct line_pipe pipe_;

static int child(void *none) {
    (void)none;
    struct line_pipe own = new_pipe();
    CHECK(21, mod(poller, pipe_.out, EPOLLIN, 2) == 0);
    CHECK(22, add(alias, own.out, EPOLLIN, 7) == 0);
    fill(own);
    tell(up);
    await(up);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    poller = new_poller();
    pipe_ = new_pipe();
    SETUP(add(poller, pipe_.out, EPOLLIN, 1) == 0);
    alias = raw_dup_above(poller, 50);
    SETUP(alias != -1);
    struct kid kid = start(way, child, NULL);
    await(kid.line);
    CHECK(12, ready(poller) == 0);
    tell(kid.line);
    ended(&kid);
    return 0;
}
