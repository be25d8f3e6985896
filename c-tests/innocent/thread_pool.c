/* Eight threads, each with a loop and connections of its own; nothing is shared, nobody forks. A thousand pipes come
 * and go in each, some added again under the same number, some left to close.
 *
 * ways: none
 * bare: exit 0
 * guarded: exit 0; nothing
 * bare differs: no
 */
#include "poller.h"
#include "threads.h"

enum { THREADS = 8, ROUNDS = 250 };
static int64_t sums[THREADS];

static void work(int place) {
    int poller = new_poller();
    for (int round = 0; round < ROUNDS; round++) {
        struct line_pipe pipes[4];
        for (int which = 0; which < 4; which++) {
            pipes[which] = new_pipe();
            CHECK(20, add(poller, pipes[which].out, EPOLLIN | (which == 1 ? EPOLLONESHOT : 0), (uint64_t)which) == 0);
            fill(pipes[which]);
        }
        CHECK(21, ready(poller) == 15);
        CHECK(22, ready(poller) == 13);
        CHECK(23, mod(poller, pipes[1].out, EPOLLIN, 5) == 0);
        CHECK(24, del(poller, pipes[2].out) == 0);
        sums[place] += ready(poller);
        for (int which = 0; which < 4; which++)
            CHECK(25, close(pipes[which].out) == 0 && close(pipes[which].in) == 0);
        CHECK(26, ready(poller) == 0);
    }
    CHECK(27, close(poller) == 0);
}

int main(void) {
    all_at_once(THREADS, work);
    for (int place = 0; place < THREADS; place++)
        say("%d\n", (int)sums[place]);
    return 0;
}
