/* A library waits for any child there is, and the program, which made the child, never learns how it ended: its own wait
 * for it by name finds none. Said with both places; a second wait, and one for a child that was had by name, are
 * the program's own affair.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 12; stolen-child-status reported call=waitpid x1
 * guarded stolen-child-status=repair: exit 12; stolen-child-status reported x1
 * guarded stolen-child-status=die: exit 66; stolen-child-status died x1
 * guarded stolen-child-status=off: exit 12; nothing
 * guarded mode=observe: exit 12; stolen-child-status reported x1
 */
#include "fork_ways.h"

extern int tidy_up(void);

static int child(void *none) {
    (void)none;
    await(up);
    return 7;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    struct kid first = start(way, child, NULL);
    tell(first.line);
    SETUP(code_from(&first) == 7);
    SETUP(waitpid(first.pid, NULL, 0) == -1 && errno == ECHILD);
    struct kid kid = start(way, child, NULL);
    tell(kid.line);
    SETUP(tidy_up() == 1);
    int status = 0;
    pid_t pid = waitpid(kid.pid, &status, 0);
    SETUP(pid == kid.pid || (pid == -1 && errno == ECHILD));
    SETUP(waitpid(kid.pid, NULL, WNOHANG) == -1 && errno == ECHILD);
    CHECK(12, pid == kid.pid && code_of(status) == 7);
    return 0;
}
