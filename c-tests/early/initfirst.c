/* A library that carries -z initfirst itself takes that place from us (the loader keeps one), so its constructor calls
 * every hook before ours has run. Every answer is right; the loop it makes there is not known as this process's. Pinned:
 * its use in children is not mended. What main makes is mended as ever.
 *
 * ways: none
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired x1
 */
#include "every_hook.h"

extern int made_early, woken_early;

int main(void) {
    CHECK(10, woken_early == 1); /* the gap */
    CHECK(11, made_early != -1 && ready(made_early) >= 0);
    int poller = new_poller();
    struct line_pipe pipe = new_pipe();
    SETUP(add(poller, pipe.out, EPOLLIN, 1) == 0);
    CHECK(12, !child_wakes(poller));
    call_every_hook();
    return 0;
}
