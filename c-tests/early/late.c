/* A library calls every hook after main: in an exit function that was registered before main, and in its destructor. A
 * child forked there has its loop mended as anywhere, and stdout is what it is bare.
 *
 * ways: none
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired x2
 */
#include "every_hook.h"

extern int late_loop;

int main(void) {
    struct line_pipe pipe = new_pipe();
    late_loop = new_poller();
    SETUP(add(late_loop, pipe.out, EPOLLIN, 1) == 0);
    return 0;
}
