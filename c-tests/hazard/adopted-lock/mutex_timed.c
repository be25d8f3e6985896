/* The thread that forks holds mutexes of each type, and its first call in the child is a timed one whose time is up.
 * The recursive one it gets, the error-checking one says EDEADLK; the plain ones time out, which is right: whoever
 * holds one of those waits for himself.
 *
 * ways: fork _Fork daemon forkpty thread handler grandchild
 * bare: exit 26
 * guarded vanished-threads=off: exit 0; adopted-lock repaired
 * guarded vanished-threads=off orphaned-lock=repair: exit 0; adopted-lock repaired
 * stderr: not compared
 */
#include "locks.h"

static int timed(pthread_mutex_t *mutex) { return pthread_mutex_timedlock(mutex, &LONG_AGO); }
static int by_realtime(pthread_mutex_t *mutex) { return pthread_mutex_clocklock(mutex, CLOCK_REALTIME, &LONG_AGO); }
static int by_monotonic(pthread_mutex_t *mutex) { return pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, &LONG_AGO); }

static int (*const CALLS[])(pthread_mutex_t *) = {timed, by_realtime, by_monotonic};
enum { CALL_COUNT = sizeof CALLS / sizeof *CALLS };
static pthread_mutex_t mutexes[CALL_COUNT][TYPES];

static int child(void *none) {
    (void)none;
    for (int call = 0; call < CALL_COUNT; call++) {
        CHECK(11, CALLS[call](&mutexes[call][NORMAL]) == ETIMEDOUT);
        CHECK(12, CALLS[call](&mutexes[call][ADAPTIVE]) == ETIMEDOUT);
        if (TALLY(CALLS[call](&mutexes[call][RECURSIVE]) == 0))
            CHECK(13, pthread_mutex_unlock(&mutexes[call][RECURSIVE]) == 0);
        TALLY(CALLS[call](&mutexes[call][ERRORCHECK]) == EDEADLK);
        for (int type = 0; type < TYPES && tallied == 0; type++)
            SOUND_MUTEX(31, &mutexes[call][type], type);
    }
    return tally_code();
}

static int run(const struct way *way) {
    for (int call = 0; call < CALL_COUNT; call++) {
        for (int type = 0; type < TYPES; type++) {
            make_mutex(&mutexes[call][type], type);
            SETUP(pthread_mutex_lock(&mutexes[call][type]) == 0);
        }
    }
    struct kid kid = start(way, child, NULL);
    ended_or_hung(&kid);
    return 0;
}

int main(int argc, char **argv) { return in_the_forker(which_way(argc, argv), run); }
