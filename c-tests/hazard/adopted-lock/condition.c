/* The thread that forks holds mutexes, and in the child waits on conditions with them: the wait gives the mutex up, is
 * signalled by another thread of the child, and has the mutex again when it returns. Bare, glibc cannot unlock what it
 * takes for somebody else's, and the wait fails with EPERM.
 *
 * ways: fork _Fork daemon forkpty thread handler grandchild
 * bare: exit 28
 * guarded vanished-threads=off: exit 0; adopted-lock repaired x1
 * stderr: not compared
 */
#include "locks.h"

static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static bool come;
static const struct timespec NEVER = {.tv_sec = (time_t)1 << 40};

static int wait_plain(pthread_mutex_t *mutex) { return pthread_cond_wait(&condition, mutex); }
static int wait_timed(pthread_mutex_t *mutex) { return pthread_cond_timedwait(&condition, mutex, &NEVER); }
static int wait_realtime(pthread_mutex_t *mutex) { return pthread_cond_clockwait(&condition, mutex, CLOCK_REALTIME, &NEVER); }
static int wait_monotonic(pthread_mutex_t *mutex) { return pthread_cond_clockwait(&condition, mutex, CLOCK_MONOTONIC, &NEVER); }

static int (*const CALLS[])(pthread_mutex_t *) = {wait_plain, wait_timed, wait_realtime, wait_monotonic};
enum { CALL_COUNT = sizeof CALLS / sizeof *CALLS };
static pthread_mutex_t mutexes[CALL_COUNT][TYPES];

/* Gets the mutex when the wait has given it up. */
static void *signal_it(void *mutex) {
    CHECK(11, pthread_mutex_lock(mutex) == 0);
    come = true;
    CHECK(12, pthread_cond_signal(&condition) == 0);
    CHECK(13, pthread_mutex_unlock(mutex) == 0);
    return NULL;
}

static int child(void *none) {
    (void)none;
    for (int call = 0; call < CALL_COUNT; call++) {
        for (int type = 0; type < TYPES; type++) {
            pthread_mutex_t *mutex = &mutexes[call][type];
            pthread_t thread;
            come = false;
            SETUP(pthread_create(&thread, NULL, signal_it, mutex) == 0);
            int result = 0;
            while (!come && result == 0)
                result = CALLS[call](mutex);
            if (TALLY(result == 0)) {
                SETUP(pthread_join(thread, NULL) == 0);
                SOUND_MUTEX(31, mutex, type);
            }
        }
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
