/* A library opened with RTLD_DEEPBIND (dlopen(3)) looks in itself and what it needs before it looks at us, and finds
 * libc: what it does passes no hook. Pinned: a loop it makes is none of ours, and a child's addition wakes the
 * parent as it does bare. That it is there is noticed where the program itself uses it.
 *
 * ways: none
 * bare: exit 12
 * guarded: exit 12; inherited-poller reported x1
 */
#include "fork_ways.h"
#include "poller.h"
#include <dlfcn.h>

static int poller;
static int (*deep_add)(int, int, uint64_t);

static int child(void *none) {
    (void)none;
    struct line_pipe own = new_pipe();
    SETUP(deep_add(poller, own.out, 7) == 0);
    fill(own);
    tell(up);
    await(up);
    return 0;
}

int main(void) {
    char path[4096];
    ssize_t size = readlink("/proc/self/exe", path, sizeof path - 16);
    SETUP(size > 0);
    strcpy(path + size, ".lib.so");
    /* Not the copy this program is linked to, which has its scope already. */
    char other[] = "deep.so", command[9000];
    snprintf(command, sizeof command, "cp %s %s", path, other);
    SETUP(system(command) == 0);
    void *library = dlopen("./deep.so", RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
    SETUP(library != NULL);
    int (*deep_create)(void) = (int (*)(void))dlsym(library, "deep_create");
    deep_add = (int (*)(int, int, uint64_t))dlsym(library, "deep_add");
    SETUP(deep_create != NULL && deep_add != NULL);
    poller = deep_create();
    struct kid kid = start(PLAIN_FORK, child, NULL);
    await(kid.line);
    CHECK(12, ready(poller) == 0);
    tell(kid.line);
    ended(&kid);
    return 0;
}
