/* A fork that fails leaves everything as it was: nobody is a child, whoever holds a lock holds it still, and no thread
 * has vanished.
 *
 * ways: fork _Fork
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded orphaned-lock=die adopted-lock=die vanished-threads=die: exit 0; nothing
 * may skip: needs seccomp
 */
#include "locks.h"
#include "refuse.h"

static pthread_mutex_t mine, theirs;
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static sem_t semaphore;

static void take(void) {
    SETUP(pthread_mutex_lock(&theirs) == 0 && pthread_rwlock_rdlock(&lock) == 0 && sem_wait(&semaphore) == 0);
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    struct keeper keeper;
    make_mutex(&mine, ERRORCHECK);
    make_mutex(&theirs, ERRORCHECK);
    SETUP(sem_init(&semaphore, 0, 1) == 0 && pthread_mutex_lock(&mine) == 0);
    keep(&keeper, take);
    refuse(SYS_clone, EAGAIN); /* glibc's fork; its threads begin by clone3 */
    for (int count = 0; count < 3; count++) {
        CHECK(11, way->call() == -1 && errno == EAGAIN);
        CHECK(12, pthread_mutex_lock(&mine) == EDEADLK && pthread_mutex_trylock(&theirs) == EBUSY);
        CHECK(13, pthread_mutex_timedlock(&theirs, &LONG_AGO) == ETIMEDOUT && pthread_mutex_unlock(&theirs) == EPERM);
        CHECK(14, pthread_rwlock_trywrlock(&lock) == EBUSY && sem_trywait(&semaphore) == -1 && errno == EAGAIN);
    }
    CHECK(15, pthread_mutex_unlock(&mine) == 0 && pthread_mutex_unlock(&mine) == EPERM);
    return 0;
}
