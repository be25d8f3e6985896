/* Calls every hook from its destructor and from an exit function that it registers before main. */
#include "every_hook.h"

int late_loop = -1;

static void at_exit(void) {
    call_every_hook();
    if (child_wakes(late_loop))
        quit(13);
}

static __attribute__((constructor)) void be_early(void) { SETUP(atexit(at_exit) == 0); }

static __attribute__((destructor)) void be_late(void) {
    call_every_hook();
    if (child_wakes(late_loop))
        quit(12);
    say("last\n");
}
