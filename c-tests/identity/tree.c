/* Ten processes, each the child of the one before, each with one more registration than its parent. At the end
 * only the last, or every one, or every third uses the loop. Each that does has all the registrations of its
 * forebears and its own, and none sees those of its descendants.
 *
 * ways: last every third
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired
 */
#include "fork_ways.h"
#include "poller.h"

enum { DEPTH = 10 };

static int poller, step;
static struct line_pipe pipes[DEPTH + 1];

static bool uses(int depth) { return depth == DEPTH || depth == 0 || (step && depth % step == 0); }

/* Adds `depth`'s registration where it uses the loop at all; bits of what must be ready there. */
static int live_at(void *arg) {
    int depth = (int)(intptr_t)arg;
    static int64_t expected;
    if (uses(depth)) {
        pipes[depth] = new_pipe();
        CHECK(20, add(poller, pipes[depth].out, EPOLLIN, (uint64_t)depth) == 0);
        fill(pipes[depth]);
        expected |= BIT(depth);
        CHECK(21, (ready(poller) & expected) == expected);
    }
    if (depth < DEPTH) {
        struct kid kid = start(PLAIN_FORK, live_at, (void *)(intptr_t)(depth + 1));
        await(kid.line); /* all below are alive and have registered */
        int64_t seen = uses(depth) ? ready(poller) : 0;
        if (depth == 0)
            CHECK(12, seen == expected);
        if (depth > 0) {
            tell(up);
            await(up); /* until the first process has looked */
            CHECK(13, !uses(depth) || seen == expected);
        }
        tell(kid.line);
        ended(&kid);
    } else {
        tell(up);
        await(up);
    }
    return 0;
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    step = strcmp(argv[1], "every") == 0 ? 1 : strcmp(argv[1], "third") == 0 ? 3 : 0;
    poller = new_poller();
    return live_at((void *)0);
}
