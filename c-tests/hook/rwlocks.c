/* Rwlocks of every preference, by every call, with right and wrong arguments, in every state: each answers what it
 * answers bare.
 *
 * ways: fresh forked child grown
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded mode=observe: exit 0; nothing
 * guarded orphaned-lock=die: exit 0; nothing
 * bare differs: no
 */
#include "locks.h"
#include "transcript.h"

static const struct timespec BAD[] = {{1, -1}, {1, 1000000000}, {-1, 0}};
static const struct timespec FAR = {(time_t)1 << 40, 0};
static pthread_rwlock_t lock;

static int ask(void *none) {
    (void)none;
#define GIVE_BACK(call) \
    do { \
        int result = (call); \
        say("%s = %d\n", #call, result); \
        if (result == 0) \
            T(pthread_rwlock_unlock(&lock)); \
    } while (0)
    GIVE_BACK(pthread_rwlock_tryrdlock(&lock));
    GIVE_BACK(pthread_rwlock_trywrlock(&lock));
    GIVE_BACK(pthread_rwlock_timedrdlock(&lock, &LONG_AGO));
    GIVE_BACK(pthread_rwlock_timedwrlock(&lock, &LONG_AGO));
    GIVE_BACK(pthread_rwlock_clockrdlock(&lock, CLOCK_REALTIME, &LONG_AGO));
    GIVE_BACK(pthread_rwlock_clockrdlock(&lock, CLOCK_MONOTONIC, &LONG_AGO));
    GIVE_BACK(pthread_rwlock_clockwrlock(&lock, CLOCK_REALTIME, &LONG_AGO));
    GIVE_BACK(pthread_rwlock_clockwrlock(&lock, CLOCK_MONOTONIC, &LONG_AGO));
    GIVE_BACK(pthread_rwlock_clockrdlock(&lock, 77, &FAR));
    GIVE_BACK(pthread_rwlock_clockwrlock(&lock, CLOCK_THREAD_CPUTIME_ID, &FAR));
    for (int place = 0; place < 3; place++) {
        GIVE_BACK(pthread_rwlock_timedrdlock(&lock, &BAD[place]));
        GIVE_BACK(pthread_rwlock_timedwrlock(&lock, &BAD[place]));
        GIVE_BACK(pthread_rwlock_clockrdlock(&lock, CLOCK_MONOTONIC, &BAD[place]));
        GIVE_BACK(pthread_rwlock_clockwrlock(&lock, CLOCK_MONOTONIC, &BAD[place]));
    }
    return 0;
}

static void by_every_call(int preference, int shared) {
    pthread_rwlockattr_t attributes;
    say("preference %d, shared %d\n", preference, shared);
    T(pthread_rwlockattr_init(&attributes));
    T(pthread_rwlockattr_setkind_np(&attributes, preference));
    T(pthread_rwlockattr_setpshared(&attributes, shared));
    T(pthread_rwlock_init(&lock, &attributes));
    ask(NULL);
    T(pthread_rwlock_wrlock(&lock));
    T(pthread_rwlock_wrlock(&lock));
    T(pthread_rwlock_rdlock(&lock));
    ask(NULL);
    T(elsewhere(ask, NULL));
    T(pthread_rwlock_unlock(&lock));
    T(pthread_rwlock_rdlock(&lock));
    T(pthread_rwlock_rdlock(&lock));
    ask(NULL);
    T(elsewhere(ask, NULL));
    T(pthread_rwlock_unlock(&lock));
    T(elsewhere(ask, NULL));
    T(pthread_rwlock_unlock(&lock));
    T(elsewhere(ask, NULL));
    T(pthread_rwlock_destroy(&lock));
}

static int run(void *none) {
    (void)none;
    static const int PREFERENCES[] = {PTHREAD_RWLOCK_PREFER_READER_NP, PTHREAD_RWLOCK_PREFER_WRITER_NP,
                                      PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP};
    pthread_rwlockattr_t attributes;
    for (int place = 0; place < 3; place++) {
        by_every_call(PREFERENCES[place], PTHREAD_PROCESS_PRIVATE);
        by_every_call(PREFERENCES[place], PTHREAD_PROCESS_SHARED);
    }
    T(pthread_rwlockattr_init(&attributes));
    T(pthread_rwlockattr_setkind_np(&attributes, 77));
    T(pthread_rwlockattr_setpshared(&attributes, 77));
    /* As many readers as there can be: EAGAIN for one more. */
    T(pthread_rwlock_init(&lock, NULL));
    lock.__data.__readers = ~7u;
    T(pthread_rwlock_rdlock(&lock));
    T(pthread_rwlock_tryrdlock(&lock));
    T(pthread_rwlock_timedrdlock(&lock, &FAR));
    return 0;
}

int main(int argc, char **argv) { return in_the_way(argc, argv, run); }
