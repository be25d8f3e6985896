/* A library makes a loop and forks before main. Its child's loop is mended there, and the loop goes on being
 * known: a child of main has its own as well.
 *
 * ways: fork _Fork SYS_clone clone thread
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired x2
 */
#include "fork_ways.h"
#include "poller.h"

extern int made_early, woken_early;
extern struct line_pipe pipe_early;

static int child(void *none) {
    (void)none;
    struct line_pipe own = new_pipe();
    CHECK(20, ready(made_early) == BIT(1));
    CHECK(21, add(made_early, own.out, EPOLLIN, 7) == 0);
    fill(own);
    tell(up);
    await(up);
    return 0;
}

int main(int argc, char **argv) {
    CHECK(12, woken_early == 0);
    struct kid kid = start(which_way(argc, argv), child, NULL);
    await(kid.line);
    CHECK(13, ready(made_early) == BIT(1));
    tell(kid.line);
    ended(&kid);
    return 0;
}
