/* A thread is in setenv at the fork, where libc holds a lock, here while it allocates. In a child each function that
 * changes the environment hangs; getenv takes no lock.
 *
 * ways: fork _Fork asm
 * bare: exit 142
 * guarded vanished-threads=off: exit 0; interrupted-resolver repaired x4
 */
#include "hang.h"
#include "own_malloc.h"

static const char *const NAMES[] = {"setenv", "unsetenv", "putenv", "clearenv"};
static const struct way *way;
static const char *name;

static void set(void) { CHECK(20, setenv("FORKPROOF_TEST_NEW", "a value", 1) == 0); }

static int child(void *none) {
    (void)none;
    static char pair[] = "FORKPROOF_TEST_TWO=2";
    for (int count = 0; count < 2; count++) {
        if (strcmp(name, "setenv") == 0)
            CHECK(21, setenv("FORKPROOF_TEST_ONE", "1", 1) == 0 && strcmp(getenv("FORKPROOF_TEST_ONE"), "1") == 0);
        else if (strcmp(name, "unsetenv") == 0)
            CHECK(22, unsetenv("FORKPROOF_TEST_OLD") == 0 && getenv("FORKPROOF_TEST_OLD") == NULL);
        else if (strcmp(name, "putenv") == 0)
            CHECK(23, putenv(pair) == 0 && strcmp(getenv("FORKPROOF_TEST_TWO"), "2") == 0);
        else
            CHECK(24, clearenv() == 0 && getenv("FORKPROOF_TEST_OLD") == NULL);
    }
    return 0;
}

static int run(int place) {
    name = NAMES[place];
    SETUP(setenv("FORKPROOF_TEST_OLD", "old", 1) == 0);
    stop_in_allocation(set);
    struct kid kid = start(way, child, NULL);
    int code = code_from(&kid);
    if (code != 0) {
        line_to(2, "%s: the child ended with %d\n", name, code);
        return code;
    }
    leave_allocation();
    CHECK(25, strcmp(getenv("FORKPROOF_TEST_NEW"), "a value") == 0);
    return 0;
}

int main(int argc, char **argv) {
    way = which_way(argc, argv);
    return all_alike(sizeof NAMES / sizeof *NAMES, run);
}
