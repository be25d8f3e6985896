/* libc's fork marks the threads that it leaves behind as ended: a child that waits for one goes on at once.
 *
 * ways: fork daemon forkpty handler grandchild
 * bare: exit 0
 * guarded vanished-threads=off: exit 0; nothing
 */
#include "fork_ways.h"

static pthread_t thread;
static int hold_on[2];

static void *rest(void *none) {
    await(hold_on[0]);
    return none;
}

static int joins(void *none) {
    (void)none;
    CHECK(11, pthread_join(thread, NULL) == 0);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    SETUP(pipe(hold_on) == 0 && pthread_create(&thread, NULL, rest, NULL) == 0);
    struct kid kid = start(way, joins, NULL);
    ended(&kid);
    return 0;
}
