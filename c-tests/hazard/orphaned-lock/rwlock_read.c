/* Three threads of the parent read under an rwlock, one of them twice over; the child, which lacks them, can read too,
 * but never write. Repaired, it can.
 *
 * ways: all
 * bare: exit 25
 * guarded vanished-threads=off: exit 25; orphaned-lock reported x5
 * guarded vanished-threads=off orphaned-lock=repair: exit 0; orphaned-lock repaired x5
 * guarded vanished-threads=off mode=observe orphaned-lock=repair: exit 25; orphaned-lock reported x5
 */
#include "locks.h"

static int trywrlock(pthread_rwlock_t *lock) { return pthread_rwlock_trywrlock(lock); }
static int timedwrlock(pthread_rwlock_t *lock) { return pthread_rwlock_timedwrlock(lock, &LONG_AGO); }
static int wr_realtime(pthread_rwlock_t *lock) { return pthread_rwlock_clockwrlock(lock, CLOCK_REALTIME, &LONG_AGO); }
static int wr_monotonic(pthread_rwlock_t *lock) { return pthread_rwlock_clockwrlock(lock, CLOCK_MONOTONIC, &LONG_AGO); }
static int wrlock(pthread_rwlock_t *lock) { return pthread_rwlock_wrlock(lock); }

static int (*const CALLS[])(pthread_rwlock_t *) = {trywrlock, timedwrlock, wr_realtime, wr_monotonic, wrlock};
enum { CALL_COUNT = sizeof CALLS / sizeof *CALLS, WAITING = CALL_COUNT - 1 };
static pthread_rwlock_t locks[CALL_COUNT];

static void read_plain(void) {
    for (int place = 0; place < CALL_COUNT; place++)
        SETUP(pthread_rwlock_rdlock(&locks[place]) == 0);
}
static void read_trying(void) {
    for (int place = 0; place < CALL_COUNT; place++)
        SETUP(pthread_rwlock_tryrdlock(&locks[place]) == 0);
}
static void read_timed_twice(void) {
    for (int place = 0; place < CALL_COUNT; place++) {
        SETUP(pthread_rwlock_timedrdlock(&locks[place], &LONG_AGO) == 0);
        SETUP(pthread_rwlock_clockrdlock(&locks[place], CLOCK_MONOTONIC, &LONG_AGO) == 0);
    }
}

static void sound(pthread_rwlock_t *lock) {
    CHECK(11, elsewhere(try_read, lock) == EBUSY && elsewhere(try_write, lock) == EBUSY);
    CHECK(12, pthread_rwlock_unlock(lock) == 0 && elsewhere(try_write, lock) == 0);
    CHECK(13, pthread_rwlock_rdlock(lock) == 0 && elsewhere(try_read, lock) == 0 && elsewhere(try_write, lock) == EBUSY);
    CHECK(14, pthread_rwlock_unlock(lock) == 0 && pthread_rwlock_destroy(lock) == 0);
}

static int at_once(void *none) {
    (void)none;
    for (int place = 0; place < WAITING; place++) {
        int result = CALLS[place](&locks[place]);
        CHECK(15, result == 0 || result == EBUSY || result == ETIMEDOUT);
        if (TALLY(result == 0))
            sound(&locks[place]);
    }
    return tallied;
}

static int wait_for_it(void *none) {
    (void)none;
    CHECK(16, wrlock(&locks[WAITING]) == 0);
    sound(&locks[WAITING]);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    struct keeper keepers[3];
    for (int place = 0; place < CALL_COUNT; place++)
        SETUP(pthread_rwlock_init(&locks[place], NULL) == 0);
    keep(&keepers[0], read_plain);
    keep(&keepers[1], read_trying);
    keep(&keepers[2], read_timed_twice);
    struct kid kid = start(way, at_once, NULL);
    tallied = code_or_hang(&kid);
    CHECK(17, tallied <= WAITING);
    kid = start(way, wait_for_it, NULL);
    TALLY(!hung(&kid));
    return tally_code();
}
