/* Timed calls on mutexes that a vanished thread holds, by each clock: bare they time out, whatever the time; repaired
 * they need not even wait.
 *
 * ways: all
 * bare: exit 32
 * guarded vanished-threads=off: exit 32; orphaned-lock reported call=pthread_mutex_timedlock x4, orphaned-lock reported call=pthread_mutex_clocklock x8
 * guarded vanished-threads=off orphaned-lock=repair: exit 0; orphaned-lock repaired call=pthread_mutex_timedlock x4, orphaned-lock repaired call=pthread_mutex_clocklock x8
 */
#include "locks.h"

static int timed(pthread_mutex_t *mutex) { return pthread_mutex_timedlock(mutex, &LONG_AGO); }
static int by_realtime(pthread_mutex_t *mutex) { return pthread_mutex_clocklock(mutex, CLOCK_REALTIME, &LONG_AGO); }
static int by_monotonic(pthread_mutex_t *mutex) { return pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, &LONG_AGO); }

static int (*const CALLS[])(pthread_mutex_t *) = {timed, by_realtime, by_monotonic};
enum { CALL_COUNT = sizeof CALLS / sizeof *CALLS };
static pthread_mutex_t mutexes[CALL_COUNT][TYPES];

static void take(void) {
    for (int call = 0; call < CALL_COUNT; call++) {
        for (int type = 0; type < TYPES; type++)
            SETUP(pthread_mutex_lock(&mutexes[call][type]) == 0);
    }
}

static int child(void *none) {
    (void)none;
    for (int call = 0; call < CALL_COUNT; call++) {
        for (int type = 0; type < TYPES; type++) {
            int result = CALLS[call](&mutexes[call][type]);
            CHECK(11, result == 0 || result == ETIMEDOUT);
            if (TALLY(result == 0))
                SOUND_MUTEX(31, &mutexes[call][type], type);
        }
    }
    return tally_code();
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    struct keeper keeper;
    for (int call = 0; call < CALL_COUNT; call++) {
        for (int type = 0; type < TYPES; type++)
            make_mutex(&mutexes[call][type], type);
    }
    keep(&keeper, take);
    struct kid kid = start(way, child, NULL);
    ended_or_hung(&kid);
    return 0;
}
