/* Locks that other threads have had and given back before the fork, and read locks that the forking thread takes over
 * it: free where they are free, held where they are held, and nothing to report.
 *
 * ways: all
 * bare: exit 0
 * guarded vanished-threads=off: exit 0; nothing
 * guarded vanished-threads=off orphaned-lock=repair: exit 0; nothing
 * guarded vanished-threads=off orphaned-lock=die adopted-lock=die: exit 0; nothing
 */
#include "locks.h"

static pthread_mutex_t mutexes[TYPES];
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER, own = PTHREAD_RWLOCK_INITIALIZER;
static sem_t semaphore;

static void take_and_give(void) {
    for (int count = 0; count < 3; count++) {
        for (int type = 0; type < TYPES; type++)
            SETUP(pthread_mutex_lock(&mutexes[type]) == 0 && pthread_mutex_unlock(&mutexes[type]) == 0);
        SETUP(pthread_rwlock_rdlock(&lock) == 0 && pthread_rwlock_rdlock(&lock) == 0);
        SETUP(pthread_rwlock_unlock(&lock) == 0 && pthread_rwlock_unlock(&lock) == 0);
        SETUP(pthread_rwlock_wrlock(&lock) == 0 && pthread_rwlock_unlock(&lock) == 0);
        SETUP(pthread_rwlock_rdlock(&own) == 0 && pthread_rwlock_unlock(&own) == 0);
        SETUP(sem_wait(&semaphore) == 0 && sem_post(&semaphore) == 0);
    }
}

static int child(void *none) {
    (void)none;
    for (int type = 0; type < TYPES; type++) {
        CHECK(11, pthread_mutex_lock(&mutexes[type]) == 0);
        SOUND_MUTEX(21, &mutexes[type], type);
    }
    CHECK(12, pthread_rwlock_trywrlock(&lock) == 0 && pthread_rwlock_unlock(&lock) == 0);
    CHECK(13, pthread_rwlock_trywrlock(&own) == EBUSY && elsewhere(try_write, &own) == EBUSY && elsewhere(try_read, &own) == 0);
    CHECK(14, pthread_rwlock_unlock(&own) == 0 && pthread_rwlock_trywrlock(&own) == 0 && pthread_rwlock_unlock(&own) == 0);
    CHECK(15, sem_trywait(&semaphore) == 0 && sem_trywait(&semaphore) == -1 && errno == EAGAIN && sem_post(&semaphore) == 0);
    return 0;
}

static int run(const struct way *way) {
    struct keeper keepers[2];
    for (int type = 0; type < TYPES; type++)
        make_mutex(&mutexes[type], type);
    SETUP(sem_init(&semaphore, 0, 1) == 0);
    keep(&keepers[0], take_and_give);
    keep(&keepers[1], take_and_give);
    SETUP(pthread_rwlock_rdlock(&own) == 0);
    struct kid kid = start(way, child, NULL);
    ended_or_hung(&kid);
    return 0;
}

int main(int argc, char **argv) { return in_the_forker(which_way(argc, argv), run); }
