/* A handler that jumps within itself before it writes: from the jump on nobody knows any longer that it is a handler which
 * writes, so the parent wakes as it does bare. Pinned; that the handler ran in the child is said.
 *
 * ways: fork SYS_clone
 * bare: exit 12
 * guarded: exit 12; inherited-poller repaired x1, handler-in-child reported x1
 */
#include "wakeup.h"
#include <setjmp.h>

static void jump_and_wake(int number) {
    sigjmp_buf here;
    if (sigsetjmp(here, 0) == 0)
        siglongjmp(here, 1);
    wake_up(number);
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    wake = wakeup_of("pipe");
    handle(SIGUSR1, jump_and_wake, 0);
    tell_story(way, (struct story){.rounds = 1});
    return 0;
}
