/* Forty children whose threads all use the inherited loop at the same moment, while one thread of each forks:
 * the grandchild may be born in the middle of the repair, and must neither hang on it nor take a half for the
 * whole. It has every registration, and its additions stay its own.
 *
 * ways: fork _Fork SYS_clone
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired
 */
#include "fork_ways.h"
#include "poller.h"
#include "threads.h"

enum { WATCHED = 24, ROUNDS = 40, THREADS = 4, OWN = 30 };
#define EVERY (BIT(WATCHED) - 1)

static int poller;
static struct line_pipe pipes[WATCHED];
static const struct way *way;

static int grandchild(void *none) {
    (void)none;
    struct line_pipe own = new_pipe();
    CHECK(30, (ready(poller) & EVERY) == EVERY);
    CHECK(31, add(poller, own.out, EPOLLIN, OWN) == 0);
    fill(own);
    CHECK(32, ready(poller) == (EVERY | BIT(OWN)));
    tell(up);
    await(up);
    return 0;
}

static void touch_or_fork(int place) {
    if (place > 0) {
        CHECK(33, (ready(poller) & EVERY) == EVERY);
        return;
    }
    struct kid kid = start(way, grandchild, NULL);
    await(kid.line);
    CHECK(12, ready(poller) == EVERY);
    tell(kid.line);
    ended(&kid);
}

static int child(void *none) {
    (void)none;
    all_at_once(THREADS, touch_or_fork);
    CHECK(34, ready(poller) == EVERY);
    return 0;
}

int main(int argc, char **argv) {
    way = which_way(argc, argv);
    poller = new_poller();
    for (int place = 0; place < WATCHED; place++) {
        pipes[place] = new_pipe();
        SETUP(add(poller, pipes[place].out, EPOLLIN, (uint64_t)place) == 0);
        fill(pipes[place]);
    }
    for (int round = 0; round < ROUNDS; round++) {
        struct kid kid = start(PLAIN_FORK, child, NULL);
        ended(&kid);
    }
    CHECK(14, ready(poller) == EVERY);
    return 0;
}
