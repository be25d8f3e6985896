/* `poison`: each call of the child that asks for a lock of a vanished thread is refused, with EDEADLK where it has
 * error numbers, again and again. The locks stay as they are.
 *
 * ways: all
 * bare: exit 11
 * guarded vanished-threads=off orphaned-lock=poison: exit 0; orphaned-lock poisoned
 */
#include "locks.h"
#include <threads.h>

static pthread_mutex_t mutexes[TYPES];
static mtx_t plain, timed;
static pthread_rwlock_t written = PTHREAD_RWLOCK_INITIALIZER, read_ = PTHREAD_RWLOCK_INITIALIZER;
static sem_t semaphore;

static void take(void) {
    for (int type = 0; type < TYPES; type++)
        SETUP(pthread_mutex_lock(&mutexes[type]) == 0);
    SETUP(mtx_lock(&plain) == thrd_success && mtx_lock(&timed) == thrd_success && sem_wait(&semaphore) == 0);
    SETUP(pthread_rwlock_wrlock(&written) == 0 && pthread_rwlock_rdlock(&read_) == 0);
}

static int child(void *none) {
    (void)none;
    for (int round = 0; round < 2; round++) {
        for (int type = 0; type < TYPES; type++) {
            CHECK(11, pthread_mutex_trylock(&mutexes[type]) == EDEADLK);
            CHECK(12, pthread_mutex_lock(&mutexes[type]) == EDEADLK);
            CHECK(13, pthread_mutex_timedlock(&mutexes[type], &LONG_AGO) == EDEADLK);
            CHECK(14, pthread_mutex_clocklock(&mutexes[type], CLOCK_MONOTONIC, &LONG_AGO) == EDEADLK);
        }
        CHECK(15, mtx_trylock(&plain) == thrd_error && mtx_lock(&plain) == thrd_error);
        CHECK(16, mtx_timedlock(&timed, &LONG_AGO) == thrd_error);
        CHECK(17, pthread_rwlock_rdlock(&written) == EDEADLK && pthread_rwlock_tryrdlock(&written) == EDEADLK);
        CHECK(18, pthread_rwlock_timedrdlock(&written, &LONG_AGO) == EDEADLK);
        CHECK(19, pthread_rwlock_clockrdlock(&written, CLOCK_MONOTONIC, &LONG_AGO) == EDEADLK);
        CHECK(20, pthread_rwlock_wrlock(&written) == EDEADLK && pthread_rwlock_trywrlock(&written) == EDEADLK);
        CHECK(21, pthread_rwlock_timedwrlock(&written, &LONG_AGO) == EDEADLK);
        CHECK(22, pthread_rwlock_clockwrlock(&written, CLOCK_MONOTONIC, &LONG_AGO) == EDEADLK);
        CHECK(23, pthread_rwlock_wrlock(&read_) == EDEADLK && pthread_rwlock_trywrlock(&read_) == EDEADLK);
        CHECK(24, sem_wait(&semaphore) == -1 && errno == EDEADLK);
        CHECK(25, sem_trywait(&semaphore) == -1 && errno == EDEADLK);
        CHECK(26, sem_timedwait(&semaphore, &LONG_AGO) == -1 && errno == EDEADLK);
        CHECK(27, sem_clockwait(&semaphore, CLOCK_MONOTONIC, &LONG_AGO) == -1 && errno == EDEADLK);
    }
    /* To make them anew is the cure, and it works. */
    make_mutex(&mutexes[RECURSIVE], RECURSIVE);
    CHECK(28, pthread_mutex_lock(&mutexes[RECURSIVE]) == 0);
    SOUND_MUTEX(31, &mutexes[RECURSIVE], RECURSIVE);
    CHECK(29, sem_init(&semaphore, 0, 1) == 0 && sem_wait(&semaphore) == 0);
    CHECK(30, pthread_rwlock_init(&written, NULL) == 0 && pthread_rwlock_wrlock(&written) == 0);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    struct keeper keeper;
    for (int type = 0; type < TYPES; type++)
        make_mutex(&mutexes[type], type);
    SETUP(mtx_init(&plain, mtx_plain) == thrd_success && mtx_init(&timed, mtx_timed) == thrd_success && sem_init(&semaphore, 0, 1) == 0);
    keep(&keeper, take);
    struct kid kid = start(way, child, NULL);
    ended_or_hung(&kid);
    for (int type = 0; type < TYPES; type++)
        CHECK(40, pthread_mutex_trylock(&mutexes[type]) == EBUSY);
    let_end(&keeper);
    return 0;
}
