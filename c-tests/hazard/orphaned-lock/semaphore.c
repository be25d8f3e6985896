/* A semaphore made with 1 and used as a lock: a thread of the parent has waited for it by each of the calls there are,
 * and not posted; the child, which lacks that thread, waits for ever. Repaired, it gets it, once.
 *
 * ways: all
 * bare: exit 27
 * guarded vanished-threads=off: exit 27; orphaned-lock reported holder_name=keeper x7
 * guarded vanished-threads=off orphaned-lock=repair: exit 0; orphaned-lock repaired holder_name=keeper x7
 * guarded vanished-threads=off mode=observe orphaned-lock=repair: exit 27; orphaned-lock reported x7
 */
#include "locks.h"

static int wait_(sem_t *lock) { return sem_wait(lock); }
static int trywait(sem_t *lock) { return sem_trywait(lock); }
static int timedwait(sem_t *lock) { return sem_timedwait(lock, &LONG_AGO); }
static int realtime(sem_t *lock) { return sem_clockwait(lock, CLOCK_REALTIME, &LONG_AGO); }
static int monotonic(sem_t *lock) { return sem_clockwait(lock, CLOCK_MONOTONIC, &LONG_AGO); }

/* How the vanished thread took it, and how the child asks; those from WAITING on hang bare. */
static const struct {
    int (*taken)(sem_t *), (*asked)(sem_t *);
} CALLS[] = {{wait_, trywait}, {trywait, timedwait}, {timedwait, realtime}, {realtime, monotonic}, {monotonic, trywait}, {wait_, wait_}, {trywait, wait_}};
enum { CALL_COUNT = sizeof CALLS / sizeof *CALLS, WAITING = CALL_COUNT - 2 };
static sem_t locks[CALL_COUNT];

/* Used as a lock before, too. */
static void take(void) {
    for (int place = 0; place < CALL_COUNT; place++) {
        SETUP(sem_wait(&locks[place]) == 0 && sem_post(&locks[place]) == 0);
        SETUP(CALLS[place].taken(&locks[place]) == 0);
    }
}

static int try_it(void *lock) {
    int result = sem_trywait(lock);
    SETUP(result != 0 || sem_post(lock) == 0);
    return result;
}

/* This thread has it. */
static void sound(sem_t *lock) {
    int value;
    CHECK(11, sem_getvalue(lock, &value) == 0 && value == 0 && elsewhere(try_it, lock) == -1);
    CHECK(12, sem_timedwait(lock, &LONG_AGO) == -1 && errno == ETIMEDOUT);
    CHECK(13, sem_post(lock) == 0 && sem_getvalue(lock, &value) == 0 && value == 1 && elsewhere(try_it, lock) == 0);
}

static int at_once(void *none) {
    (void)none;
    for (int place = 0; place < WAITING; place++) {
        int result = CALLS[place].asked(&locks[place]);
        CHECK(14, result == 0 || errno == EAGAIN || errno == ETIMEDOUT);
        if (TALLY(result == 0))
            sound(&locks[place]);
    }
    return tallied;
}

static int wait_for_it(void *place) {
    CHECK(15, CALLS[*(int *)place].asked(&locks[*(int *)place]) == 0);
    sound(&locks[*(int *)place]);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    struct keeper keeper;
    for (int place = 0; place < CALL_COUNT; place++)
        SETUP(sem_init(&locks[place], 0, 1) == 0);
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
