/* The idiom of well-behaved libraries: an atfork handler takes the locks before the fork, and handlers give them back
 * in parent and child. With locks that know their owner glibc refuses the child, or spoils the lock.
 *
 * ways: fork daemon forkpty thread handler grandchild
 * bare: exit 23
 * guarded vanished-threads=off: exit 0; adopted-lock repaired
 * guarded vanished-threads=off orphaned-lock=repair: exit 0; adopted-lock repaired
 * stderr: not compared
 */
#include "locks.h"

static pthread_mutex_t recursive, errorcheck;
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static bool idle;

static void prepare(void) {
    if (!idle)
        SETUP(pthread_mutex_lock(&recursive) == 0 && pthread_mutex_lock(&errorcheck) == 0 && pthread_rwlock_wrlock(&lock) == 0);
}
static void in_parent(void) {
    if (!idle)
        CHECK(11, pthread_rwlock_unlock(&lock) == 0 && pthread_mutex_unlock(&errorcheck) == 0 && pthread_mutex_unlock(&recursive) == 0);
}
static void in_child(void) {
    alarm(ALARM_SECONDS);
    if (idle)
        return;
    TALLY(pthread_rwlock_unlock(&lock) == 0 && elsewhere(try_write, &lock) == 0);
    TALLY(pthread_mutex_unlock(&errorcheck) == 0);
    TALLY(pthread_mutex_unlock(&recursive) == 0);
    idle = tallied; /* bare, a second fork would wait for itself */
}

static int child(void *none) {
    (void)none;
    if (tallied)
        return tally_code();
    CHECK(12, pthread_rwlock_wrlock(&lock) == 0 && elsewhere(try_read, &lock) == EBUSY && pthread_rwlock_unlock(&lock) == 0);
    CHECK(13, pthread_mutex_lock(&recursive) == 0 && pthread_mutex_lock(&errorcheck) == 0);
    SOUND_MUTEX(31, &recursive, RECURSIVE);
    SOUND_MUTEX(41, &errorcheck, ERRORCHECK);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    make_mutex(&recursive, RECURSIVE);
    make_mutex(&errorcheck, ERRORCHECK);
    SETUP(pthread_atfork(prepare, in_parent, in_child) == 0);
    struct kid kid = start(way, child, NULL);
    ended_or_hung(&kid);
    return 0;
}
