/* Locks that threads of the child hold, which are alive there: whoever else asks is refused or waits, and gets the lock
 * when it is given back. Held by the first thread, whose number libc does not know where the child was made behind
 * its back, and by another.
 *
 * ways: all
 * bare: exit 0
 * guarded vanished-threads=off: exit 0; nothing
 * guarded vanished-threads=off orphaned-lock=repair: exit 0; nothing
 * guarded vanished-threads=off orphaned-lock=die: exit 0; nothing
 */
#include "asleep.h"
#include "locks.h"

enum { WRITTEN = TYPES, READ, SEMAPHORE, KINDS };
static pthread_mutex_t mutexes[TYPES];
static pthread_rwlock_t rwlocks[2] = {PTHREAD_RWLOCK_INITIALIZER, PTHREAD_RWLOCK_INITIALIZER};
static sem_t semaphore;
static const long SLEEP_OF[] = {SYS_futex};

static void take(int kind) {
    if (kind < TYPES)
        CHECK(11, pthread_mutex_lock(&mutexes[kind]) == 0);
    else if (kind == SEMAPHORE)
        CHECK(12, sem_wait(&semaphore) == 0);
    else
        CHECK(13, (kind == READ ? pthread_rwlock_rdlock : pthread_rwlock_wrlock)(&rwlocks[kind - WRITTEN]) == 0);
}

/* As take, but for writing, so that a reader is in the way too. */
static void want(int kind) {
    if (kind == READ)
        CHECK(14, pthread_rwlock_wrlock(&rwlocks[1]) == 0);
    else
        take(kind);
}

static void give(int kind) {
    if (kind < TYPES)
        CHECK(15, pthread_mutex_unlock(&mutexes[kind]) == 0);
    else if (kind == SEMAPHORE)
        CHECK(16, sem_post(&semaphore) == 0);
    else
        CHECK(17, pthread_rwlock_unlock(&rwlocks[kind - WRITTEN]) == 0);
}

static int refused(void *none) {
    (void)none;
    for (int type = 0; type < TYPES; type++) {
        CHECK(21, pthread_mutex_trylock(&mutexes[type]) == EBUSY);
        CHECK(22, pthread_mutex_timedlock(&mutexes[type], &LONG_AGO) == ETIMEDOUT);
        CHECK(23, pthread_mutex_clocklock(&mutexes[type], CLOCK_MONOTONIC, &LONG_AGO) == ETIMEDOUT);
    }
    for (int which = 0; which < 2; which++) {
        CHECK(24, pthread_rwlock_trywrlock(&rwlocks[which]) == EBUSY);
        CHECK(25, pthread_rwlock_timedwrlock(&rwlocks[which], &LONG_AGO) == ETIMEDOUT);
        CHECK(26, try_read(&rwlocks[which]) == (which == 0 ? EBUSY : 0));
    }
    CHECK(27, sem_trywait(&semaphore) == -1 && errno == EAGAIN);
    CHECK(28, sem_timedwait(&semaphore, &LONG_AGO) == -1 && errno == ETIMEDOUT);
    return 0;
}

/* Holds each lock in turn until the other thread sleeps for it. */
struct hold {
    int kind, line;
    pid_t other;
};
static void *hold_main(void *arg) {
    struct hold *hold = arg;
    take(hold->kind);
    tell(hold->line);
    await_sleep(hold->other, SLEEP_OF, 1);
    give(hold->kind);
    return NULL;
}

static int wait_for_thread(int kind) {
    int line[2];
    pthread_t thread;
    SETUP(socketpair(AF_UNIX, SOCK_STREAM, 0, line) == 0);
    struct hold hold = {kind, line[1], (pid_t)raw_call(SYS_gettid)};
    SETUP(pthread_create(&thread, NULL, hold_main, &hold) == 0);
    await(line[0]);
    want(kind);
    give(kind);
    CHECK(31, pthread_join(thread, NULL) == 0);
    raw_close(line[0]);
    raw_close(line[1]);
    return 0;
}

/* The same with parts exchanged: the first thread holds, and another sleeps. */
static volatile pid_t sleeper;
static void *want_main(void *kind) {
    sleeper = (pid_t)raw_call(SYS_gettid);
    want(*(int *)kind);
    give(*(int *)kind);
    return NULL;
}

static void be_waited_for(int kind) {
    pthread_t thread;
    sleeper = 0;
    take(kind);
    SETUP(pthread_create(&thread, NULL, want_main, &kind) == 0);
    while (sleeper == 0)
        sched_yield();
    await_sleep(sleeper, SLEEP_OF, 1);
    give(kind);
    CHECK(32, pthread_join(thread, NULL) == 0);
}

static void take_all(void) {
    for (int kind = 0; kind < KINDS; kind++)
        take(kind);
}

static int child(void *none) {
    for (int kind = 0; kind < KINDS; kind++) {
        wait_for_thread(kind);
        be_waited_for(kind);
    }
    take_all();
    CHECK(33, elsewhere(refused, none) == 0);
    for (int kind = 0; kind < KINDS; kind++)
        give(kind);
    struct keeper keeper;
    keep(&keeper, take_all);
    CHECK(34, refused(none) == 0);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    for (int type = 0; type < TYPES; type++)
        make_mutex(&mutexes[type], type);
    SETUP(sem_init(&semaphore, 0, 1) == 0);
    struct kid kid = start(way, child, NULL);
    ended_or_hung(&kid);
    return 0;
}
