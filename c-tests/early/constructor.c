/* A library calls every hook in its constructor, makes a loop there and forks. The child's loop is mended there, and
 * the same loop again in a child of main, whether the library is linked, preloaded before us, or after us.
 *
 * ways: linked preloaded_before preloaded_after
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired x2
 * guarded identity=atfork: exit 0; inherited-poller repaired x2
 * stderr: not compared
 */
#include "every_hook.h"

extern int made_early, woken_early;

/* Starts over with the library named before or after what is preloaded already. */
static void preload(const char *where, char **argv) {
    char library[4096], list[8192], *mark = getenv("EARLY_DONE");
    const char *before = getenv("LD_PRELOAD");
    if (mark != NULL || strcmp(where, "linked") == 0)
        return;
    ssize_t size = readlink("/proc/self/exe", library, sizeof library - 16);
    SETUP(size > 0);
    strcpy(library + size, ".lib.so");
    if (before == NULL)
        strcpy(list, library);
    else if (strcmp(where, "preloaded_before") == 0)
        snprintf(list, sizeof list, "%s:%s", library, before);
    else
        snprintf(list, sizeof list, "%s:%s", before, library);
    /* What the first start has found is not counted. */
    SETUP(truncate("log", 0) == 0 || errno == ENOENT);
    SETUP(setenv("LD_PRELOAD", list, 1) == 0 && setenv("EARLY_DONE", "1", 1) == 0 && unsetenv("EARLY_INSIDE") == 0);
    execv("/proc/self/exe", argv);
    SETUP(false);
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    preload(argv[1], argv);
    CHECK(12, woken_early == 0);
    CHECK(13, !child_wakes(made_early));
    CHECK(14, ready(made_early) == 0);
    return 0;
}
