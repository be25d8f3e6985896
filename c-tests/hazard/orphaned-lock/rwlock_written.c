/* A thread of the parent holds rwlocks for writing; the child, which lacks it, reads or writes by each of the calls
 * there are. Repaired, the lock is free, and keeps out and lets in whom it should.
 *
 * ways: all
 * bare: exit 30
 * guarded vanished-threads=off: exit 30; orphaned-lock reported holder_name=keeper x10
 * guarded vanished-threads=off orphaned-lock=repair: exit 0; orphaned-lock repaired holder_name=keeper x10
 * guarded vanished-threads=off mode=observe orphaned-lock=repair: exit 30; orphaned-lock reported x10
 */
#include "locks.h"

static int tryrdlock(pthread_rwlock_t *lock) { return pthread_rwlock_tryrdlock(lock); }
static int trywrlock(pthread_rwlock_t *lock) { return pthread_rwlock_trywrlock(lock); }
static int timedrdlock(pthread_rwlock_t *lock) { return pthread_rwlock_timedrdlock(lock, &LONG_AGO); }
static int timedwrlock(pthread_rwlock_t *lock) { return pthread_rwlock_timedwrlock(lock, &LONG_AGO); }
static int rd_realtime(pthread_rwlock_t *lock) { return pthread_rwlock_clockrdlock(lock, CLOCK_REALTIME, &LONG_AGO); }
static int wr_realtime(pthread_rwlock_t *lock) { return pthread_rwlock_clockwrlock(lock, CLOCK_REALTIME, &LONG_AGO); }
static int rd_monotonic(pthread_rwlock_t *lock) { return pthread_rwlock_clockrdlock(lock, CLOCK_MONOTONIC, &LONG_AGO); }
static int wr_monotonic(pthread_rwlock_t *lock) { return pthread_rwlock_clockwrlock(lock, CLOCK_MONOTONIC, &LONG_AGO); }
static int rdlock(pthread_rwlock_t *lock) { return pthread_rwlock_rdlock(lock); }
static int wrlock(pthread_rwlock_t *lock) { return pthread_rwlock_wrlock(lock); }

/* Reading at the even places, writing at the odd ones; the last two wait for ever, bare. */
static int (*const CALLS[])(pthread_rwlock_t *) = {tryrdlock,   trywrlock,   timedrdlock,  timedwrlock,  rd_realtime,
                                                   wr_realtime, rd_monotonic, wr_monotonic, rdlock,       wrlock};
enum { CALL_COUNT = sizeof CALLS / sizeof *CALLS, WAITING = CALL_COUNT - 2 };
static pthread_rwlock_t locks[CALL_COUNT];

static void take(void) {
    for (int place = 0; place < CALL_COUNT; place++)
        SETUP(pthread_rwlock_wrlock(&locks[place]) == 0);
}

/* This thread has it, for reading or writing. */
static void sound(int place) {
    pthread_rwlock_t *lock = &locks[place];
    bool reading = place % 2 == 0;
    CHECK(11, elsewhere(try_read, lock) == (reading ? 0 : EBUSY) && elsewhere(try_write, lock) == EBUSY);
    CHECK(12, pthread_rwlock_unlock(lock) == 0 && elsewhere(try_write, lock) == 0);
    CHECK(13, pthread_rwlock_wrlock(lock) == 0 && elsewhere(try_read, lock) == EBUSY && pthread_rwlock_unlock(lock) == 0);
    CHECK(14, pthread_rwlock_destroy(lock) == 0);
}

static int at_once(void *none) {
    (void)none;
    for (int place = 0; place < WAITING; place++) {
        int result = CALLS[place](&locks[place]);
        CHECK(15, result == 0 || result == EBUSY || result == ETIMEDOUT);
        if (TALLY(result == 0))
            sound(place);
    }
    return tallied;
}

static int wait_for_it(void *place) {
    CHECK(16, CALLS[*(int *)place](&locks[*(int *)place]) == 0);
    sound(*(int *)place);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    struct keeper keeper;
    for (int place = 0; place < CALL_COUNT; place++)
        SETUP(pthread_rwlock_init(&locks[place], NULL) == 0);
    keep(&keeper, take);
    struct kid kid = start(way, at_once, NULL);
    tallied = code_or_hang(&kid);
    CHECK(17, tallied <= WAITING);
    for (int place = WAITING; place < CALL_COUNT; place++) {
        kid = start(way, wait_for_it, &place);
        TALLY(!hung(&kid));
    }
    return tally_code();
}
