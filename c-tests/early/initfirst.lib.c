/* As constructor.lib.c, and linked with -z initfirst: its constructor runs before ours. */
#include "every_hook.h"

int made_early = -1, woken_early = -1;

static __attribute__((constructor)) void be_early(void) {
    if (getenv("EARLY_INSIDE") != NULL)
        return; /* a shell that a hook of this very constructor has started */
    SETUP(setenv("EARLY_INSIDE", "1", 1) == 0);
    call_every_hook();
    struct line_pipe pipe = new_pipe();
    made_early = new_poller();
    SETUP(add(made_early, pipe.out, EPOLLIN, 1) == 0);
    woken_early = child_wakes(made_early);
}
