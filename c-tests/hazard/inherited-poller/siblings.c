/* Five children of one parent use the loop at the same time, as in a prefork server that forgot: each
 * has its own, none hears of another's, and the parent of none.
 *
 * ways: all
 * bare: exit 21
 * guarded: exit 0; inherited-poller repaired x5
 */
#include "fork_ways.h"
#include "poller.h"

static int poller;
static struct line_pipe common;

static int child(void *data) {
    uint64_t number = *(uint64_t *)data;
    struct line_pipe own = new_pipe();
    SETUP(add(poller, own.out, EPOLLIN, number) == 0);
    fill(own);
    tell(up);
    await(up); /* all have done so */
    CHECK(21, ready(poller) == BIT(number));
    CHECK(22, del(poller, own.out) == 0);
    CHECK(23, del(poller, common.out) == 0);
    tell(up);
    await(up);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    struct kid kids[5];
    poller = new_poller();
    common = new_pipe();
    SETUP(add(poller, common.out, EPOLLIN, 1) == 0);
    for (uint64_t place = 0; place < 5; place++) {
        uint64_t number = place + 2;
        kids[place] = start(way, child, &number);
        await(kids[place].line);
    }
    CHECK(13, ready(poller) >= 0);
    for (int round = 0; round < 2; round++) {
        for (int place = 0; place < 5; place++)
            tell(kids[place].line);
        for (int place = 0; round == 0 && place < 5; place++)
            await(kids[place].line);
    }
    fill(common);
    CHECK(12, ready(poller) == BIT(1));
    for (int place = 0; place < 5; place++)
        ended(&kids[place]);
    return 0;
}
