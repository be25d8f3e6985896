/* A thread is in setlocale at the fork, at the opening of a file, and holds the lock of the locales. In a child each
 * function that changes, makes or frees a locale hangs.
 *
 * ways: fork _Fork asm
 * bare: exit 142
 * guarded vanished-threads=off: exit 0; interrupted-resolver repaired x4
 * may skip: needs a seccomp listener
 */
#include "hang.h"
#include "parked.h"
#include <locale.h>

static const char *const NAMES[] = {"setlocale", "newlocale", "duplocale", "freelocale"};
static const struct way *way;
static const char *name;
static locale_t old;

static void load(void) { CHECK(20, setlocale(LC_ALL, "xx_FORKPROOF.UTF-8") == NULL); }
static bool at_locale(const struct seccomp_data *call) { return strstr((const char *)(uintptr_t)call->args[1], "locale") != NULL; }

static int child(void *none) {
    (void)none;
    if (strcmp(name, "setlocale") == 0) {
        CHECK(21, strcmp(setlocale(LC_ALL, "POSIX"), "C") == 0);
        CHECK(22, setlocale(LC_ALL, "xx_FORKPROOF.UTF-8") == NULL);
    } else if (strcmp(name, "newlocale") == 0) {
        CHECK(23, newlocale(LC_ALL_MASK, "xx_FORKPROOF.UTF-8", NULL) == NULL);
        CHECK(24, newlocale(LC_ALL_MASK, "POSIX", NULL) != NULL);
    } else if (strcmp(name, "duplocale") == 0) {
        CHECK(25, duplocale(old) != NULL);
    } else {
        freelocale(old);
    }
    return 0;
}

static int run(int place) {
    struct parked parked;
    name = NAMES[place];
    old = newlocale(LC_CTYPE_MASK, "C.UTF-8", NULL);
    SETUP(old != NULL);
    park(&parked, SYS_openat, at_locale, load);
    struct kid kid = start(way, child, NULL);
    int code = code_from(&kid);
    if (code != 0) {
        line_to(2, "%s: the child ended with %d\n", name, code);
        return code;
    }
    let_go(&parked);
    return 0;
}

int main(int argc, char **argv) {
    way = which_way(argc, argv);
    return all_alike(sizeof NAMES / sizeof *NAMES, run);
}
