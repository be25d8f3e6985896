/* A thread is in dlopen, looking for a file, and with it holds the lock of ld.so that dlopen, dlclose and dlsym's
 * tables need. fork resets that one; a child made past it hangs at its own dlopen.
 *
 * ways: _Fork SYS_fork SYS_clone SYS_clone3 asm clone
 * bare: exit 142
 * guarded vanished-threads=off: exit 0; interrupted-resolver repaired call=dlopen
 * may skip: needs a seccomp listener
 */
#include "hang.h"
#include "parked.h"
#include <dlfcn.h>

#define MISSING "/etc/forkproof-has-no-such-object.so"

static void open_missing(void) { CHECK(20, dlopen(MISSING, RTLD_NOW) == NULL); }
static bool at_missing(const struct seccomp_data *call) { return opens(call, MISSING); }

static int child(void *none) {
    (void)none;
    open_missing();
    void *object = dlopen("libm.so.6", RTLD_NOW | RTLD_LOCAL);
    CHECK(21, object != NULL && dlsym(object, "cos") != NULL);
    CHECK(22, dlclose(object) == 0);
    return 0;
}

int main(int argc, char **argv) {
    struct parked parked;
    const struct way *way = which_way(argc, argv);
    park(&parked, SYS_openat, at_missing, open_missing);
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    let_go(&parked);
    return 0;
}
