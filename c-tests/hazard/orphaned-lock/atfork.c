/* A library locks its mutex in its atfork handler for the child, without having taken it before the fork; another thread
 * holds it, and the child hangs inside fork.
 *
 * ways: fork forkpty thread handler
 * bare: exit 142
 * guarded vanished-threads=off: exit 142; orphaned-lock reported call=pthread_rwlock_wrlock x1
 * guarded vanished-threads=off orphaned-lock=repair: exit 0; orphaned-lock repaired call=pthread_rwlock_wrlock x1
 */
#include "locks.h"

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static bool entered;

static void take(void) { SETUP(pthread_rwlock_rdlock(&lock) == 0); }

static void in_child(void) {
    alarm(ALARM_SECONDS);
    CHECK(11, pthread_rwlock_wrlock(&lock) == 0);
    entered = true;
    CHECK(12, pthread_rwlock_unlock(&lock) == 0);
}

static int child(void *none) {
    (void)none;
    CHECK(13, entered && elsewhere(try_write, &lock) == 0);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    struct keeper keeper;
    SETUP(pthread_atfork(NULL, NULL, in_child) == 0);
    keep(&keeper, take);
    struct kid kid = start(way, child, NULL);
    ended_or_hung(&kid);
    return 0;
}
