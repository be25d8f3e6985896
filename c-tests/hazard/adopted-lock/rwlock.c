/* The thread that forks holds rwlocks for writing. In the child it unlocks one and it is free; where it asks for one
 * that it holds, it is told at once, and unlocks it later. glibc compares thread numbers: bare, the unlock is
 * taken for a reader's and spoils the lock, though it returns 0, and asking again waits for itself.
 *
 * ways: fork _Fork daemon forkpty thread handler grandchild
 * bare: exit 29
 * guarded vanished-threads=off: exit 0; adopted-lock repaired x9
 * guarded vanished-threads=off orphaned-lock=repair: exit 0; adopted-lock repaired x9
 * guarded vanished-threads=off mode=observe: exit 29; adopted-lock reported
 * stderr: not compared
 */
#include "locks.h"

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;

static int unlock(void) { return pthread_rwlock_unlock(&lock); }
static int rdlock(void) { return pthread_rwlock_rdlock(&lock); }
static int wrlock(void) { return pthread_rwlock_wrlock(&lock); }
static int tryrdlock(void) { return pthread_rwlock_tryrdlock(&lock); }
static int trywrlock(void) { return pthread_rwlock_trywrlock(&lock); }
static int timedrdlock(void) { return pthread_rwlock_timedrdlock(&lock, &LONG_AGO); }
static int timedwrlock(void) { return pthread_rwlock_timedwrlock(&lock, &LONG_AGO); }
static int clockrdlock(void) { return pthread_rwlock_clockrdlock(&lock, CLOCK_MONOTONIC, &LONG_AGO); }
static int clockwrlock(void) { return pthread_rwlock_clockwrlock(&lock, CLOCK_MONOTONIC, &LONG_AGO); }

static const struct {
    int (*call)(void);
    int result;
} CALLS[] = {{unlock, 0},          {rdlock, EDEADLK},      {wrlock, EDEADLK},      {tryrdlock, EBUSY},    {trywrlock, EBUSY},
             {timedrdlock, EDEADLK}, {timedwrlock, EDEADLK}, {clockrdlock, EDEADLK}, {clockwrlock, EDEADLK}};
enum { FAULT = 30 };

static int child(void *arg) {
    int place = *(int *)arg, result = CALLS[place].call();
    if (result != CALLS[place].result)
        return FAULT;
    if (result != 0) {
        if (elsewhere(try_read, &lock) != EBUSY || elsewhere(try_write, &lock) != EBUSY || pthread_rwlock_unlock(&lock) != 0)
            return FAULT + 1;
    }
    if (elsewhere(try_write, &lock) != 0)
        return FAULT + 2;
    CHECK(11, pthread_rwlock_wrlock(&lock) == 0 && elsewhere(try_read, &lock) == EBUSY && pthread_rwlock_unlock(&lock) == 0);
    CHECK(12, pthread_rwlock_rdlock(&lock) == 0 && elsewhere(try_write, &lock) == EBUSY && elsewhere(try_read, &lock) == 0);
    CHECK(13, pthread_rwlock_unlock(&lock) == 0 && elsewhere(try_write, &lock) == 0 && pthread_rwlock_destroy(&lock) == 0);
    return 0;
}

static int run(const struct way *way) {
    SETUP(pthread_rwlock_wrlock(&lock) == 0);
    for (int place = 0; place < (int)(sizeof CALLS / sizeof *CALLS); place++) {
        struct kid kid = start(way, child, &place);
        int code = code_or_hang(&kid);
        if (code != 0 && code != 128 + SIGALRM && (code < FAULT || code > FAULT + 2))
            quit(code);
        TALLY(code == 0);
    }
    CHECK(14, elsewhere(try_read, &lock) == EBUSY && pthread_rwlock_unlock(&lock) == 0 && elsewhere(try_write, &lock) == 0);
    return tally_code();
}

int main(int argc, char **argv) { return in_the_forker(which_way(argc, argv), run); }
