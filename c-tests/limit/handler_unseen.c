/* A child made by a system call by instruction, which no hook sees, in a program that had made no other: its handlers are
 * not watched, so it is not said that one of them ran in the child. Pinned.
 *
 * ways: asm
 * bare: exit 12
 * guarded: exit 12; nothing
 */
#include "inherited_handler.h"

static int child(void *none) {
    (void)none;
    tell(up);
    next_signal();
    CHECK(12, handled == 0);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    handle(SIGUSR1, count, 0);
    struct kid kid = start(way, child, NULL);
    await(kid.line);
    SETUP(kill(kid.pid, SIGUSR1) == 0);
    delivered(&kid);
    ended(&kid);
    return 0;
}
