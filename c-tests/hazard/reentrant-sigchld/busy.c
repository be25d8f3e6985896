/* A program that never idles gets the signal that was held back all the same, after a while; a wait that comes before
 * that is not cut short by it; and what is borrowed for it is given back.
 *
 * ways: busy waits restarts
 * bare: exit 12
 * guarded: exit 12; nothing
 * guarded reentrant-sigchld=repair defer_ms=5: exit 0; nothing
 * guarded reentrant-sigchld=repair: exit 0; nothing
 */
#include "held_back.h"

static int line[2];

static void write_byte(int number) {
    count_run(number);
    if (held_runs == 2)
        SETUP(raw_write(line[1], "x", 1) == 1);
}

int main(int argc, char **argv) {
    SETUP(argc == 2 && pipe(line) == 0);
    struct sigaction before, after;
    SETUP(sigaction(SIGURG, NULL, &before) == 0);
    bool restarts = strcmp(argv[1], "restarts") == 0;
    hold_back(restarts ? write_byte : count_run, restarts ? SA_RESTART : 0);
    SETUP(kill(getpid(), SIGCHLD) == 0);
    CHECK(12, held_runs == 1);
    if (strcmp(argv[1], "busy") == 0) {
        while (held_runs == 1)
            raw_call(SYS_sched_yield);
    } else if (restarts) {
        char byte;
        CHECK(13, read(line[0], &byte, 1) == 1 && held_runs == 2);
    } else {
        CHECK(14, poll(NULL, 0, 1000) == -1 && errno == EINTR && held_runs == 2);
        CHECK(15, poll(NULL, 0, 300) == 0);
    }
    poll(NULL, 0, 0);
    poll(NULL, 0, 0);
    SETUP(sigaction(SIGURG, NULL, &after) == 0);
    CHECK(16, after.sa_handler == before.sa_handler && after.sa_flags == before.sa_flags);
    CHECK(17, kernel_mask() == 0);
    return 0;
}
