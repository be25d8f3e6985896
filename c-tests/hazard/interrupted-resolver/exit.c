/* A thread is in atexit at the fork, where libc holds the lock of the list of functions to call at exit, here while
 * it allocates room in that list. A child that ends by exit hangs, and so does one that calls atexit.
 *
 * ways: fork _Fork asm
 * bare: exit 142
 * guarded vanished-threads=off: exit 0; interrupted-resolver repaired x3
 */
#include "hang.h"
#include "own_malloc.h"
#undef exit

static const char *const NAMES[] = {"exit", "atexit", "on_exit"};
static const struct way *way;
static const char *name;
static bool in_child;

static void nothing(void) {}
static void nothing_on_exit(int status, void *none) {
    (void)status;
    (void)none;
}
/* Proof that exit has come to the end of its list: what the process ends with. */
static void at_last(void) {
    if (in_child)
        quit(33);
}

/* There is room for 32 functions at first, some of them taken. */
static void register_many(void) {
    for (int count = 0; count < 40; count++)
        SETUP(atexit(nothing) == 0);
}

static int child(void *none) {
    (void)none;
    in_child = true;
    if (strcmp(name, "atexit") == 0)
        CHECK(21, atexit(nothing) == 0 && atexit(nothing) == 0);
    else if (strcmp(name, "on_exit") == 0)
        CHECK(22, on_exit(nothing_on_exit, NULL) == 0);
    exit(23);
}

static int run(int place) {
    name = NAMES[place];
    SETUP(atexit(at_last) == 0);
    stop_in_allocation(register_many);
    struct kid kid = start(way, child, NULL);
    int code = code_from(&kid);
    if (code != 33) {
        line_to(2, "%s: the child ended with %d\n", name, code);
        return code;
    }
    leave_allocation();
    return 0;
}

int main(int argc, char **argv) {
    way = which_way(argc, argv);
    return all_alike(sizeof NAMES / sizeof *NAMES, run);
}
