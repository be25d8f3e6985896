/* Two signals, and a child of the child: one finding for each signal in each process.
 *
 * ways: fork SYS_clone grandchild
 * bare: exit 12
 * guarded: exit 12; handler-in-child reported x4
 */
#include "inherited_handler.h"

static const struct way *way;

static void both(const struct kid *kid) {
    SETUP(kill(kid->pid, SIGUSR1) == 0 && kill(kid->pid, SIGTERM) == 0 && kill(kid->pid, SIGUSR1) == 0);
    delivered(kid);
}

static int innermost(void *none) {
    (void)none;
    tell(up);
    next_signal();
    return 0;
}

static int child(void *none) {
    tell(up);
    next_signal();
    CHECK(21, handled >= 2);
    struct kid kid = start(way, innermost, none);
    await(kid.line);
    both(&kid);
    ended(&kid);
    CHECK(12, handled == 0);
    return 0;
}

int main(int argc, char **argv) {
    way = which_way(argc, argv);
    handle(SIGUSR1, count, 0);
    handle(SIGTERM, count, SA_RESTART | SA_NODEFER);
    struct kid kid = start(way, child, NULL);
    await(kid.line);
    both(&kid);
    ended(&kid);
    return 0;
}
