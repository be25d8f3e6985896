/* Mutexes of every type and protocol, by every call, with right and wrong arguments: each answers what it answers bare,
 * and leaves errno alone. Also their C11 names.
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
#include <limits.h>
#include <threads.h>

static const struct timespec BAD[] = {{1, -1}, {1, 1000000000}, {-1, 0}};
static const struct timespec FAR = {(time_t)1 << 40, 0};
static pthread_mutex_t mutex;
static mtx_t c11;

static int other(void *none) {
    (void)none;
    T(pthread_mutex_trylock(&mutex));
    T(pthread_mutex_timedlock(&mutex, &LONG_AGO));
    for (int place = 0; place < 3; place++) {
        T(pthread_mutex_timedlock(&mutex, &BAD[place]));
        T(pthread_mutex_clocklock(&mutex, CLOCK_MONOTONIC, &BAD[place]));
    }
    T(pthread_mutex_clocklock(&mutex, CLOCK_REALTIME, &LONG_AGO));
    T(pthread_mutex_clocklock(&mutex, CLOCK_MONOTONIC, &LONG_AGO));
    T(pthread_mutex_clocklock(&mutex, CLOCK_PROCESS_CPUTIME_ID, &FAR));
    T(pthread_mutex_clocklock(&mutex, 77, &FAR));
    return 0;
}

static bool owned(void) { return mutex.__data.__owner != 0; }

static void by_every_call(int type, bool inherit, bool robust, bool shared) {
    bool plain = type == NORMAL || type == ADAPTIVE;
    pthread_mutexattr_t attributes;
    say("type %d, inherit %d, robust %d, shared %d\n", type, inherit, robust, shared);
    T(pthread_mutexattr_init(&attributes));
    T(pthread_mutexattr_settype(&attributes, MUTEX_TYPES[type]));
    T(pthread_mutexattr_setprotocol(&attributes, inherit ? PTHREAD_PRIO_INHERIT : PTHREAD_PRIO_NONE));
    T(pthread_mutexattr_setrobust(&attributes, robust ? PTHREAD_MUTEX_ROBUST : PTHREAD_MUTEX_STALLED));
    T(pthread_mutexattr_setpshared(&attributes, shared ? PTHREAD_PROCESS_SHARED : PTHREAD_PROCESS_PRIVATE));
    T(pthread_mutex_init(&mutex, &attributes));
    T(pthread_mutex_lock(&mutex));
    T(owned());
    T(pthread_mutex_trylock(&mutex));
    if (!plain) {
        T(pthread_mutex_lock(&mutex));
        T(pthread_mutex_timedlock(&mutex, &LONG_AGO));
        T(pthread_mutex_timedlock(&mutex, &BAD[0]));
        T(pthread_mutex_clocklock(&mutex, CLOCK_MONOTONIC, &FAR));
        T(pthread_mutex_clocklock(&mutex, 77, &FAR));
    }
    T(elsewhere(other, NULL));
    if (!robust) /* which glibc would let go, held as it is */
        T(pthread_mutex_destroy(&mutex));
    for (int count = 0; count < 5; count++) {
        T(pthread_mutex_unlock(&mutex));
        if (plain && !inherit && !robust)
            break; /* once more would spoil a lock that is free */
    }
    T(owned());
    T(pthread_mutex_trylock(&mutex));
    T(pthread_mutex_unlock(&mutex));
    T(pthread_mutex_timedlock(&mutex, &LONG_AGO));
    T(pthread_mutex_unlock(&mutex));
    T(pthread_mutex_timedlock(&mutex, &BAD[1]));
    T(pthread_mutex_unlock(&mutex));
    T(pthread_mutex_clocklock(&mutex, CLOCK_MONOTONIC, &LONG_AGO));
    T(pthread_mutex_unlock(&mutex));
    T(pthread_mutex_clocklock(&mutex, CLOCK_BOOTTIME, &FAR));
    T(pthread_mutex_consistent(&mutex));
    int ceiling;
    T(pthread_mutex_getprioceiling(&mutex, &ceiling));
    T(pthread_mutex_setprioceiling(&mutex, 3, &ceiling));
    T(pthread_mutex_destroy(&mutex));
    T(pthread_mutex_lock(&mutex)); /* destroyed: EINVAL */
    T(pthread_mutex_trylock(&mutex));
    T(pthread_mutex_timedlock(&mutex, &FAR));
    T(pthread_mutex_unlock(&mutex));
}

static void be_owner_and_end(void) { T(pthread_mutex_lock(&mutex)); }

/* Whoever holds a robust one may end (pthread_mutexattr_setrobust(3)). */
static void ends_with_it(void) {
    struct keeper keeper;
    pthread_mutexattr_t attributes;
    T(pthread_mutexattr_init(&attributes));
    T(pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST));
    T(pthread_mutex_init(&mutex, &attributes));
    keep(&keeper, be_owner_and_end);
    T(pthread_mutex_trylock(&mutex));
    let_end(&keeper);
    T(pthread_mutex_trylock(&mutex));
    T(pthread_mutex_consistent(&mutex));
    T(pthread_mutex_unlock(&mutex));
    keep(&keeper, be_owner_and_end);
    let_end(&keeper);
    T(pthread_mutex_lock(&mutex));
    T(pthread_mutex_unlock(&mutex)); /* not made consistent */
    T(pthread_mutex_lock(&mutex));
    T(pthread_mutex_destroy(&mutex));
}

static int c11_other(void *none) {
    (void)none;
    T(mtx_trylock(&c11));
    T(mtx_timedlock(&c11, &LONG_AGO));
    T(mtx_timedlock(&c11, &BAD[0]));
    return 0;
}

static void c11_calls(int flags) {
    say("C11 %d\n", flags);
    T(mtx_init(&c11, flags));
    T(mtx_lock(&c11));
    T(mtx_trylock(&c11));
    T(elsewhere(c11_other, NULL));
    T(mtx_unlock(&c11));
    if (flags & mtx_recursive) {
        T(mtx_unlock(&c11));
        T(mtx_unlock(&c11));
    }
    T(mtx_timedlock(&c11, &LONG_AGO));
    T(mtx_unlock(&c11));
    mtx_destroy(&c11);
    T(mtx_lock(&c11));
    T(mtx_trylock(&c11));
    T(mtx_unlock(&c11));
}

static int run(void *none) {
    (void)none;
    for (int type = 0; type < TYPES; type++) {
        for (int bits = 0; bits < 8; bits++)
            by_every_call(type, bits & 1, bits & 2, bits & 4);
    }
    T(pthread_mutex_init(&mutex, NULL));
    mutex.__data.__kind = 77; /* no such type */
    T(pthread_mutex_lock(&mutex));
    T(pthread_mutex_trylock(&mutex));
    T(pthread_mutex_timedlock(&mutex, &FAR));
    T(pthread_mutex_unlock(&mutex));
    make_mutex(&mutex, RECURSIVE);
    T(pthread_mutex_lock(&mutex));
    mutex.__data.__count = UINT_MAX; /* held as often as can be */
    T(pthread_mutex_lock(&mutex));
    T(pthread_mutex_trylock(&mutex));
    T(pthread_mutex_timedlock(&mutex, &FAR));
    ends_with_it();
    c11_calls(mtx_plain);
    c11_calls(mtx_timed);
    c11_calls(mtx_plain | mtx_recursive);
    c11_calls(mtx_timed | mtx_recursive);
    T(mtx_init(&c11, 99));
    pthread_spinlock_t spin;
    T(pthread_spin_init(&spin, 0));
    T(pthread_spin_lock(&spin));
    T(pthread_spin_trylock(&spin));
    T(pthread_spin_unlock(&spin));
    return 0;
}

int main(int argc, char **argv) { return in_the_way(argc, argv, run); }
