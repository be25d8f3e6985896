/* A child that libc does not know to be one: its first thread goes on under the number it had in the parent, and the
 * locks it held are its own without any mending. To put the child's true number there would take them from it.
 *
 * ways: SYS_fork SYS_clone SYS_clone3 asm clone
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded orphaned-lock=repair: exit 0; nothing
 * guarded mode=observe: exit 0; nothing
 */
#include "locks.h"

static pthread_mutex_t mutexes[TYPES];
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;

static int refused(void *none) {
    (void)none;
    for (int type = 0; type < TYPES; type++)
        CHECK(11, pthread_mutex_trylock(&mutexes[type]) == EBUSY && pthread_mutex_timedlock(&mutexes[type], &LONG_AGO) == ETIMEDOUT);
    CHECK(12, pthread_rwlock_tryrdlock(&lock) == EBUSY && pthread_rwlock_timedwrlock(&lock, &LONG_AGO) == ETIMEDOUT);
    return 0;
}

static int child(void *none) {
    CHECK(13, pthread_mutex_trylock(&mutexes[RECURSIVE]) == 0 && pthread_mutex_unlock(&mutexes[RECURSIVE]) == 0);
    CHECK(14, elsewhere(refused, none) == 0);
    CHECK(15, pthread_mutex_lock(&mutexes[ERRORCHECK]) == EDEADLK && pthread_mutex_trylock(&mutexes[NORMAL]) == EBUSY);
    for (int type = 0; type < TYPES; type++)
        SOUND_MUTEX(21, &mutexes[type], type);
    CHECK(31, pthread_rwlock_rdlock(&lock) == EDEADLK && pthread_rwlock_unlock(&lock) == 0 && elsewhere(try_write, &lock) == 0);
    for (int type = 0; type < TYPES; type++) {
        CHECK(32, pthread_mutex_lock(&mutexes[type]) == 0);
        SOUND_MUTEX(41, &mutexes[type], type);
    }
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    for (int type = 0; type < TYPES; type++) {
        make_mutex(&mutexes[type], type);
        SETUP(pthread_mutex_lock(&mutexes[type]) == 0);
    }
    SETUP(pthread_rwlock_wrlock(&lock) == 0);
    struct kid kid = start(way, child, NULL);
    ended_or_hung(&kid);
    return 0;
}
