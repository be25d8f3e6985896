/* The other functions that wait for that lock: dlopen, dlclose and dlmopen, which change the list of objects; and
 * dl_iterate_phdr in a thread that the child has made.
 *
 * ways: dlopen dlclose dlmopen thread
 * bare: exit 142
 * guarded vanished-threads=off: exit 0; interrupted-resolver repaired x1
 */
#include "hang.h"
#include "loaded.h"

#define OBJECT "libm.so.6" /* of libc's own, and not loaded by this program */
static const char *way;
static void *before_fork;

static void *iterate_in_child(void *none) {
    CHECK(21, objects() == all_objects);
    return none;
}

static int child(void *none) {
    (void)none;
    if (strcmp(way, "dlopen") == 0) {
        void *object = dlopen(OBJECT, RTLD_NOW | RTLD_LOCAL);
        CHECK(22, object != NULL && dlsym(object, "cos") != NULL);
        CHECK(23, objects() == all_objects + 1);
        CHECK(24, dlclose(object) == 0 && objects() == all_objects);
    } else if (strcmp(way, "dlclose") == 0) {
        CHECK(25, dlclose(before_fork) == 0);
        CHECK(26, objects() == all_objects - 1);
    } else if (strcmp(way, "dlmopen") == 0) {
        void *object = dlmopen(LM_ID_NEWLM, OBJECT, RTLD_NOW | RTLD_LOCAL);
        CHECK(27, object != NULL && dlsym(object, "cos") != NULL);
        CHECK(28, dlclose(object) == 0);
    } else {
        pthread_t thread;
        CHECK(29, pthread_create(&thread, NULL, iterate_in_child, NULL) == 0 && pthread_join(thread, NULL) == 0);
    }
    return 0;
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    way = argv[1];
    SETUP(dlopen(OBJECT, RTLD_NOW | RTLD_NOLOAD) == NULL);
    if (strcmp(way, "dlclose") == 0) {
        before_fork = dlopen(OBJECT, RTLD_NOW | RTLD_LOCAL);
        SETUP(before_fork != NULL);
    }
    stop_in_callback();
    struct kid kid = start(PLAIN_FORK, child, NULL);
    ended(&kid);
    leave_callback();
    return 0;
}
