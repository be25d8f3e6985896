/* Eight threads of the child ask at the same moment for a lock that a vanished thread holds, and another vanished one
 * waits for. It is repaired once, and from then on it is a lock: one thread at a time is inside, or several readers.
 *
 * ways: all
 * bare: exit 27
 * guarded vanished-threads=off orphaned-lock=repair: exit 0; orphaned-lock repaired x7
 */
#include "asleep.h"
#include "locks.h"
#include "threads.h"
#include <stdatomic.h>

enum { THREADS = 8, ROUNDS = 40 };
static pthread_mutex_t mutexes[TYPES];
static pthread_rwlock_t written = PTHREAD_RWLOCK_INITIALIZER, read_ = PTHREAD_RWLOCK_INITIALIZER;
static sem_t semaphore;
static volatile pid_t ghost;
static _Atomic int writing, reading;
static int count, lock_under_test;

static void take(void) {
    for (int type = 0; type < TYPES; type++)
        SETUP(pthread_mutex_lock(&mutexes[type]) == 0);
    SETUP(pthread_rwlock_wrlock(&written) == 0 && pthread_rwlock_rdlock(&read_) == 0 && sem_wait(&semaphore) == 0);
}

static void lock_it(bool to_write) {
    if (lock_under_test < TYPES)
        CHECK(11, pthread_mutex_lock(&mutexes[lock_under_test]) == 0);
    else if (lock_under_test == TYPES + 2)
        CHECK(12, sem_wait(&semaphore) == 0);
    else if (to_write)
        CHECK(13, pthread_rwlock_wrlock(lock_under_test == TYPES ? &written : &read_) == 0);
    else
        CHECK(14, pthread_rwlock_rdlock(lock_under_test == TYPES ? &written : &read_) == 0);
}

static void unlock_it(void) {
    if (lock_under_test < TYPES)
        CHECK(15, pthread_mutex_unlock(&mutexes[lock_under_test]) == 0);
    else if (lock_under_test == TYPES + 2)
        CHECK(16, sem_post(&semaphore) == 0);
    else
        CHECK(17, pthread_rwlock_unlock(lock_under_test == TYPES ? &written : &read_) == 0);
}

static void work(int place) {
    for (int round = 0; round < ROUNDS; round++) {
        bool to_write = (place + round) % 3 != 0 || lock_under_test < TYPES || lock_under_test == TYPES + 2;
        lock_it(to_write);
        if (to_write) {
            CHECK(18, atomic_fetch_add(&writing, 1) == 0 && reading == 0);
            count++;
            if (round % 8 == 0)
                sched_yield();
            atomic_fetch_sub(&writing, 1);
        } else {
            atomic_fetch_add(&reading, 1);
            CHECK(19, writing == 0);
            atomic_fetch_sub(&reading, 1);
        }
        unlock_it();
    }
}

static int child(void *none) {
    (void)none;
    count = 0;
    all_at_once(THREADS, work);
    CHECK(20, lock_under_test >= TYPES || count == THREADS * ROUNDS);
    return 0;
}

static void *wait_too(void *none) {
    ghost = (pid_t)raw_call(SYS_gettid);
    lock_it(true);
    unlock_it();
    return none;
}

int main(int argc, char **argv) {
    static const long sleep_of[] = {SYS_futex};
    const struct way *way = which_way(argc, argv);
    struct keeper keeper;
    for (int type = 0; type < TYPES; type++)
        make_mutex(&mutexes[type], type);
    SETUP(sem_init(&semaphore, 0, 1) == 0);
    keep(&keeper, take);
    for (lock_under_test = 0; lock_under_test < TYPES + 3; lock_under_test++) {
        pthread_t thread;
        ghost = 0;
        SETUP(pthread_create(&thread, NULL, wait_too, NULL) == 0);
        while (ghost == 0)
            sched_yield();
        await_sleep(ghost, sleep_of, 1);
        struct kid kid = start(way, child, NULL);
        TALLY(!hung(&kid));
    }
    return tally_code();
}
