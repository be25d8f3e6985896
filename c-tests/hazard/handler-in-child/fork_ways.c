/* The parent's handler runs in a child that has not made it its own: its parent sends the signal. Said once for each
 * signal, and nothing else changes.
 *
 * ways: fork _Fork SYS_fork SYS_clone SYS_clone3 clone daemon forkpty thread handler grandchild
 * bare: exit 12
 * guarded: exit 12; handler-in-child reported x1
 * guarded handler-in-child=repair: exit 12; handler-in-child reported x1
 * guarded mode=observe: exit 12; handler-in-child reported x1
 * guarded handler-in-child=off: exit 12; nothing
 * guarded handler-in-child=die: exit 66; handler-in-child died x1
 */
#include "inherited_handler.h"

static int child(void *none) {
    (void)none;
    tell(up);
    for (int round = 0; round < 3; round++)
        next_signal();
    CHECK(12, handled == 0);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    handle(SIGUSR1, count, 0);
    struct kid kid = start(way, child, NULL);
    await(kid.line);
    for (int round = 0; round < 3; round++) {
        SETUP(kill(kid.pid, SIGUSR1) == 0);
        delivered(&kid);
    }
    ended(&kid);
    return 0;
}
