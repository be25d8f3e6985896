/* The cure in the program itself: an atfork handler makes the locks anew in the child, which vanished threads hold and
 * wait on. Then they are the child's, and no finding.
 *
 * ways: fork daemon forkpty thread handler grandchild
 * bare: exit 0
 * guarded vanished-threads=off: exit 0; nothing
 * guarded vanished-threads=off orphaned-lock=repair: exit 0; nothing
 * guarded vanished-threads=off orphaned-lock=die ghost-waiter=die: exit 0; nothing
 */
#include "asleep.h"
#include "locks.h"

static pthread_mutex_t mutexes[TYPES], outer = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t written = PTHREAD_RWLOCK_INITIALIZER, read_ = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static sem_t semaphore;
static volatile pid_t waiter;

static void take(void) {
    for (int type = 0; type < TYPES; type++)
        SETUP(pthread_mutex_lock(&mutexes[type]) == 0);
    SETUP(pthread_rwlock_wrlock(&written) == 0 && pthread_rwlock_rdlock(&read_) == 0 && sem_wait(&semaphore) == 0);
}

static void *wait_main(void *none) {
    waiter = (pid_t)raw_call(SYS_gettid);
    SETUP(pthread_mutex_lock(&outer) == 0);
    pthread_cond_wait(&condition, &outer);
    return none;
}

static void make_all(void) {
    for (int type = 0; type < TYPES; type++)
        make_mutex(&mutexes[type], type);
    SETUP(pthread_rwlock_init(&written, NULL) == 0 && pthread_rwlock_init(&read_, NULL) == 0 && sem_init(&semaphore, 0, 1) == 0);
    SETUP(pthread_cond_init(&condition, NULL) == 0 && pthread_mutex_init(&outer, NULL) == 0);
}

static int child(void *none) {
    (void)none;
    take();
    for (int type = 0; type < TYPES; type++)
        SOUND_MUTEX(11, &mutexes[type], type);
    CHECK(21, elsewhere(try_read, &written) == EBUSY && elsewhere(try_write, &read_) == EBUSY && sem_trywait(&semaphore) == -1);
    CHECK(22, pthread_rwlock_unlock(&written) == 0 && pthread_rwlock_unlock(&read_) == 0 && sem_post(&semaphore) == 0);
    CHECK(23, pthread_rwlock_wrlock(&read_) == 0 && pthread_rwlock_unlock(&read_) == 0);
    CHECK(24, pthread_cond_destroy(&condition) == 0 && pthread_mutex_destroy(&outer) == 0);
    return 0;
}

int main(int argc, char **argv) {
    static const long sleep_of[] = {SYS_futex};
    const struct way *way = which_way(argc, argv);
    struct keeper keeper;
    pthread_t thread;
    make_all();
    SETUP(pthread_atfork(NULL, NULL, make_all) == 0);
    keep(&keeper, take);
    SETUP(pthread_create(&thread, NULL, wait_main, NULL) == 0);
    while (waiter == 0)
        sched_yield();
    await_sleep(waiter, sleep_of, 1);
    struct kid kid = start(way, child, NULL);
    ended_or_hung(&kid);
    return 0;
}
