/* Eighteen waits that last, and that somebody ends: a listener, signals, timers, other processes, other threads, the
 * kernel itself. Each beside a pipe that the waiter has both ends of. Nothing is said of them.
 *
 * ways: none
 * bare: exit 0
 * guarded vanished-threads=off: exit 0; nothing
 * guarded vanished-threads=off stale-event=repair: exit 0; nothing
 */
#include "long_wait.h"

int main(void) {
    for (int place = 0; place < LONG_WAIT_COUNT; place++) {
        int code = long_wait(&LONG_WAITS[place], 0);
        if (code == 77)
            line_to(2, "this machine has no %s\n", LONG_WAITS[place].name);
        else if (code != 0)
            line_to(2, "%s ended with %d\n", LONG_WAITS[place].name, code);
        CHECK(11, code == 0 || code == 77);
    }
    return 0;
}
