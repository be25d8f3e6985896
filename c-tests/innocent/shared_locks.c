/* Locks that are shared with other processes (PTHREAD_PROCESS_SHARED, a sem_init that says so, sem_open): a thread of
 * the parent holds them, or the one that forks, and it is alive there. The child is refused, waits, and gets them when
 * the parent gives them back.
 *
 * ways: fork _Fork daemon forkpty thread handler grandchild
 * bare: exit 0
 * guarded vanished-threads=off: exit 0; nothing
 * guarded vanished-threads=off orphaned-lock=repair: exit 0; nothing
 * guarded vanished-threads=off orphaned-lock=poison: exit 0; nothing
 * may skip: needs /dev/shm
 */
#include "locks.h"

struct shared {
    pthread_mutex_t mutexes[2][TYPES];
    pthread_rwlock_t written[2], read;
    sem_t semaphore;
};
static struct shared *shared;
static sem_t *named;
static int give_line[2];

/* 0 is the thread's own, 1 that of the thread which forks. */
static void take(int whose) {
    for (int type = 0; type < TYPES; type++)
        SETUP(pthread_mutex_lock(&shared->mutexes[whose][type]) == 0);
    SETUP(pthread_rwlock_wrlock(&shared->written[whose]) == 0);
    if (whose == 0)
        SETUP(pthread_rwlock_rdlock(&shared->read) == 0 && sem_wait(&shared->semaphore) == 0 && sem_wait(named) == 0);
}
static void give(int whose) {
    for (int type = 0; type < TYPES; type++)
        CHECK(11, pthread_mutex_unlock(&shared->mutexes[whose][type]) == 0);
    CHECK(12, pthread_rwlock_unlock(&shared->written[whose]) == 0);
    if (whose == 0)
        CHECK(13, pthread_rwlock_unlock(&shared->read) == 0 && sem_post(&shared->semaphore) == 0 && sem_post(named) == 0);
}

static void *hold(void *none) {
    take(0);
    tell(give_line[1]);
    await(give_line[1]);
    give(0);
    return none;
}

static int child(void *none) {
    (void)none;
    for (int whose = 0; whose < 2; whose++) {
        for (int type = 0; type < TYPES; type++) {
            pthread_mutex_t *mutex = &shared->mutexes[whose][type];
            CHECK(14, pthread_mutex_trylock(mutex) == EBUSY && pthread_mutex_timedlock(mutex, &LONG_AGO) == ETIMEDOUT);
            CHECK(15, (type != RECURSIVE && type != ERRORCHECK) || pthread_mutex_unlock(mutex) == EPERM);
        }
        CHECK(16, try_read(&shared->written[whose]) == EBUSY && try_write(&shared->written[whose]) == EBUSY);
    }
    CHECK(17, try_write(&shared->read) == EBUSY && try_read(&shared->read) == 0);
    CHECK(18, sem_trywait(&shared->semaphore) == -1 && sem_trywait(named) == -1);
    tell(up);
    for (int whose = 0; whose < 2; whose++) {
        for (int type = 0; type < TYPES; type++)
            CHECK(19, pthread_mutex_lock(&shared->mutexes[whose][type]) == 0);
        CHECK(20, pthread_rwlock_wrlock(&shared->written[whose]) == 0);
    }
    CHECK(21, pthread_rwlock_wrlock(&shared->read) == 0 && sem_wait(&shared->semaphore) == 0 && sem_wait(named) == 0);
    CHECK(22, pthread_rwlock_unlock(&shared->read) == 0 && sem_post(&shared->semaphore) == 0 && sem_post(named) == 0);
    for (int whose = 0; whose < 2; whose++) {
        for (int type = 0; type < TYPES; type++)
            CHECK(23, pthread_mutex_unlock(&shared->mutexes[whose][type]) == 0);
        CHECK(24, pthread_rwlock_unlock(&shared->written[whose]) == 0);
    }
    return 0;
}

static void make_shared(void) {
    pthread_mutexattr_t of_mutex;
    pthread_rwlockattr_t of_rwlock;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    SETUP(shared != MAP_FAILED);
    SETUP(pthread_mutexattr_init(&of_mutex) == 0 && pthread_mutexattr_setpshared(&of_mutex, PTHREAD_PROCESS_SHARED) == 0);
    SETUP(pthread_rwlockattr_init(&of_rwlock) == 0 && pthread_rwlockattr_setpshared(&of_rwlock, PTHREAD_PROCESS_SHARED) == 0);
    for (int whose = 0; whose < 2; whose++) {
        for (int type = 0; type < TYPES; type++) {
            SETUP(pthread_mutexattr_settype(&of_mutex, MUTEX_TYPES[type]) == 0);
            SETUP(pthread_mutex_init(&shared->mutexes[whose][type], &of_mutex) == 0);
        }
        SETUP(pthread_rwlock_init(&shared->written[whose], &of_rwlock) == 0);
    }
    SETUP(pthread_rwlock_init(&shared->read, &of_rwlock) == 0 && sem_init(&shared->semaphore, 1, 1) == 0);
    char name[64];
    snprintf(name, sizeof name, "/forkproof-test-%d", (int)raw_getpid());
    named = sem_open(name, O_CREAT | O_EXCL, 0600, 1);
    if (named == SEM_FAILED)
        SKIP("no named semaphores without /dev/shm (sem_overview(7))");
    SETUP(sem_unlink(name) == 0);
}

static int run(const struct way *way) {
    pthread_t thread;
    make_shared();
    SETUP(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, give_line) == 0);
    SETUP(pthread_create(&thread, NULL, hold, NULL) == 0);
    await(give_line[0]);
    take(1);
    struct kid kid = start(way, child, NULL);
    await(kid.line);
    tell(give_line[0]);
    give(1);
    ended(&kid);
    SETUP(pthread_join(thread, NULL) == 0);
    return 0;
}

int main(int argc, char **argv) { return in_the_forker(which_way(argc, argv), run); }
