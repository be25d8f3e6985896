/* One descriptor in five pollers. The child touches two of them: these two become its own, the
 * other three cost nothing and are not reported, and the parent keeps all five.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired x2
 */
#include "fork_ways.h"
#include "poller.h"

static int pollers[5];
static struct line_pipe pipe_;

static int child(void *none) {
    (void)none;
    CHECK(21, del(pollers[1], pipe_.out) == 0);
    CHECK(22, mod(pollers[3], pipe_.out, EPOLLIN, 8) == 0);
    fill(pipe_);
    CHECK(23, ready(pollers[1]) == 0);
    CHECK(24, ready(pollers[3]) == BIT(8));
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    pipe_ = new_pipe();
    for (int place = 0; place < 5; place++) {
        pollers[place] = new_poller();
        SETUP(add(pollers[place], pipe_.out, EPOLLIN, (uint64_t)place) == 0);
    }
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    for (int place = 0; place < 5; place++)
        CHECK(12, ready(pollers[place]) == BIT(place));
    return 0;
}
