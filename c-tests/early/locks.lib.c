/* Calls every lock function from a constructor that runs before ours (-z initfirst), right answers expected. */
#include "locks.h"
#include <threads.h>

pthread_mutex_t held_early, kept_early;
int answers_early;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static mtx_t c11_mutex;
static cnd_t c11;
static sem_t semaphore;

static void keep_it(void) { SETUP(pthread_mutex_lock(&kept_early) == 0); }

static bool right(void) {
    bool good = pthread_mutex_lock(&mutex) == 0 && pthread_mutex_trylock(&mutex) == EBUSY;
    good = good && pthread_mutex_timedlock(&mutex, &LONG_AGO) == ETIMEDOUT;
    good = good && pthread_mutex_clocklock(&mutex, CLOCK_MONOTONIC, &LONG_AGO) == ETIMEDOUT;
    good = good && pthread_cond_timedwait(&condition, &mutex, &LONG_AGO) == ETIMEDOUT;
    good = good && pthread_cond_clockwait(&condition, &mutex, CLOCK_MONOTONIC, &LONG_AGO) == ETIMEDOUT;
    good = good && pthread_cond_signal(&condition) == 0 && pthread_cond_broadcast(&condition) == 0 && pthread_cond_destroy(&condition) == 0;
    good = good && pthread_mutex_unlock(&mutex) == 0 && pthread_mutex_destroy(&mutex) == 0;
    good = good && pthread_rwlock_rdlock(&rwlock) == 0 && pthread_rwlock_tryrdlock(&rwlock) == 0;
    good = good && pthread_rwlock_timedrdlock(&rwlock, &LONG_AGO) == 0;
    good = good && pthread_rwlock_clockrdlock(&rwlock, CLOCK_MONOTONIC, &LONG_AGO) == 0;
    good = good && pthread_rwlock_timedwrlock(&rwlock, &LONG_AGO) == ETIMEDOUT;
    good = good && pthread_rwlock_clockwrlock(&rwlock, CLOCK_MONOTONIC, &LONG_AGO) == ETIMEDOUT;
    for (int count = 0; count < 4; count++)
        good = good && pthread_rwlock_unlock(&rwlock) == 0;
    good = good && pthread_rwlock_wrlock(&rwlock) == 0 && pthread_rwlock_rdlock(&rwlock) == EDEADLK;
    good = good && pthread_rwlock_unlock(&rwlock) == 0 && pthread_rwlock_trywrlock(&rwlock) == 0 && pthread_rwlock_unlock(&rwlock) == 0;
    good = good && sem_init(&semaphore, 0, 1) == 0 && sem_wait(&semaphore) == 0 && sem_trywait(&semaphore) == -1 && errno == EAGAIN;
    good = good && sem_timedwait(&semaphore, &LONG_AGO) == -1 && sem_clockwait(&semaphore, CLOCK_MONOTONIC, &LONG_AGO) == -1;
    good = good && sem_post(&semaphore) == 0 && sem_destroy(&semaphore) == 0;
    good = good && mtx_init(&c11_mutex, mtx_timed) == thrd_success && mtx_lock(&c11_mutex) == thrd_success;
    good = good && mtx_trylock(&c11_mutex) == thrd_busy && mtx_timedlock(&c11_mutex, &LONG_AGO) == thrd_timedout;
    good = good && cnd_init(&c11) == thrd_success && cnd_timedwait(&c11, &c11_mutex, &LONG_AGO) == thrd_timedout;
    good = good && mtx_unlock(&c11_mutex) == thrd_success;
    mtx_destroy(&c11_mutex);
    cnd_destroy(&c11);
    return good;
}

static __attribute__((constructor)) void be_early(void) {
    static struct keeper keeper;
    answers_early = right();
    make_mutex(&held_early, RECURSIVE);
    make_mutex(&kept_early, NORMAL);
    SETUP(pthread_mutex_lock(&held_early) == 0);
    keep(&keeper, keep_it);
}
