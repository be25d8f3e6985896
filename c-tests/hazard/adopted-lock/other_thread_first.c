/* The forking thread's locks are touched in the child by another thread first, which must not take itself for the one
 * that holds them: it is refused, its unlock too, and what it waits for it gets when the holder unlocks.
 *
 * ways: fork _Fork daemon forkpty thread handler grandchild
 * bare: exit 24
 * guarded vanished-threads=off: exit 0; adopted-lock repaired x1
 * guarded vanished-threads=off orphaned-lock=repair: exit 0; adopted-lock repaired x1
 * stderr: not compared
 */
#include "asleep.h"
#include "locks.h"

static pthread_mutex_t recursive, errorcheck, normal, waited_for;
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER, waited_for_too = PTHREAD_RWLOCK_INITIALIZER;
static volatile pid_t waiter[2];

static int be_refused(void *none) {
    (void)none;
    CHECK(11, pthread_mutex_trylock(&recursive) == EBUSY);
    CHECK(12, pthread_mutex_timedlock(&recursive, &LONG_AGO) == ETIMEDOUT);
    CHECK(13, pthread_mutex_unlock(&recursive) == EPERM);
    CHECK(14, pthread_mutex_unlock(&errorcheck) == EPERM);
    CHECK(15, pthread_mutex_timedlock(&errorcheck, &LONG_AGO) == ETIMEDOUT);
    CHECK(16, pthread_mutex_trylock(&normal) == EBUSY);
    CHECK(17, pthread_rwlock_tryrdlock(&lock) == EBUSY && pthread_rwlock_trywrlock(&lock) == EBUSY);
    CHECK(18, pthread_rwlock_timedrdlock(&lock, &LONG_AGO) == ETIMEDOUT);
    CHECK(19, pthread_rwlock_timedwrlock(&lock, &LONG_AGO) == ETIMEDOUT);
    return 0;
}

static void *wait_mutex(void *none) {
    waiter[0] = (pid_t)raw_call(SYS_gettid);
    CHECK(31, pthread_mutex_lock(&waited_for) == 0);
    CHECK(32, pthread_mutex_unlock(&waited_for) == 0);
    return none;
}
static void *wait_rwlock(void *none) {
    waiter[1] = (pid_t)raw_call(SYS_gettid);
    CHECK(33, pthread_rwlock_rdlock(&waited_for_too) == 0);
    CHECK(34, pthread_rwlock_unlock(&waited_for_too) == 0);
    return none;
}

static int child(void *none) {
    static const long sleep_of[] = {SYS_futex};
    void *(*const waits[])(void *) = {wait_mutex, wait_rwlock};
    pthread_t threads[2];
    SETUP(elsewhere(be_refused, none) == 0);
    for (int place = 0; place < 2; place++) {
        SETUP(pthread_create(&threads[place], NULL, waits[place], NULL) == 0);
        while (waiter[place] == 0)
            sched_yield();
        await_sleep(waiter[place], sleep_of, 1);
    }
    TALLY(pthread_mutex_unlock(&recursive) == 0);
    TALLY(pthread_mutex_unlock(&errorcheck) == 0);
    TALLY(pthread_rwlock_unlock(&lock) == 0 && elsewhere(try_write, &lock) == 0);
    TALLY(pthread_mutex_unlock(&waited_for) == 0);
    if (tallied)
        return tally_code();
    CHECK(20, pthread_rwlock_unlock(&waited_for_too) == 0 && pthread_mutex_unlock(&normal) == 0);
    for (int place = 0; place < 2; place++)
        SETUP(pthread_join(threads[place], NULL) == 0);
    CHECK(35, elsewhere(try_mutex, &recursive) == 0 && elsewhere(try_mutex, &errorcheck) == 0 && elsewhere(try_mutex, &normal) == 0);
    CHECK(36, elsewhere(try_mutex, &waited_for) == 0 && elsewhere(try_write, &waited_for_too) == 0);
    return 0;
}

static int run(const struct way *way) {
    make_mutex(&recursive, RECURSIVE);
    make_mutex(&errorcheck, ERRORCHECK);
    make_mutex(&normal, NORMAL);
    make_mutex(&waited_for, RECURSIVE);
    SETUP(pthread_mutex_lock(&recursive) == 0 && pthread_mutex_lock(&errorcheck) == 0 && pthread_mutex_lock(&normal) == 0);
    SETUP(pthread_mutex_lock(&waited_for) == 0 && pthread_rwlock_wrlock(&lock) == 0 && pthread_rwlock_wrlock(&waited_for_too) == 0);
    struct kid kid = start(way, child, NULL);
    ended_or_hung(&kid);
    return 0;
}

int main(int argc, char **argv) { return in_the_forker(which_way(argc, argv), run); }
