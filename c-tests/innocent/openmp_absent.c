/* A program without libgomp asks whether there is one, by name and by a weak reference, and calls GOMP_parallel only if
 * so: with us it is there, and the region must run, once.
 *
 * ways: none
 * bare: exit 0
 * guarded: exit 0; nothing
 */
#include "check.h"
#include <dlfcn.h>

typedef void parallel(void (*)(void *), void *, unsigned, unsigned);
extern parallel GOMP_parallel __attribute__((weak));

static void body(void *count) { ++*(int *)count; }

static int runs(parallel *begin) {
    int count = 0;
    if (begin != NULL)
        begin(body, &count, 4, 0);
    else
        body(&count);
    return count;
}

int main(void) {
    parallel *found;
    *(void **)&found = dlsym(RTLD_DEFAULT, "GOMP_parallel");
    CHECK(11, runs(found) == 1);
    CHECK(12, runs(GOMP_parallel) == 1);
    return 0;
}
