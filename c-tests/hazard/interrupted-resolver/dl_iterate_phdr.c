/* A thread is in a callback of dl_iterate_phdr at the fork, as each C++ exception, backtrace and profiler is now and
 * then; ld.so holds a lock meanwhile. A child's own dl_iterate_phdr hangs. Here it sees every object there is.
 *
 * ways: fork _Fork asm thread grandchild
 * bare: exit 142
 * guarded vanished-threads=off: exit 0; interrupted-resolver repaired call=dl_iterate_phdr x1
 */
#include "hang.h"
#include "loaded.h"

static int child(void *none) {
    (void)none;
    CHECK(21, objects() == all_objects);
    CHECK(22, objects() == all_objects);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    stop_in_callback();
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    leave_callback();
    return 0;
}
