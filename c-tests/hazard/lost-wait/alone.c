/* A thread of the parent does the work, and posts, signals, or comes to the barrier when it is done. The child, which has
 * not got it, waits for that: for a condition variable by both its names, for a semaphore, for one that might be a lock
 * and that it has taken itself, at a barrier.
 *
 * ways: all
 * bare: exit 142
 * guarded vanished-threads=off: exit 142; lost-wait reported call=pthread_cond_wait x1, lost-wait reported call=cnd_wait x1, lost-wait reported call=sem_wait x2, lost-wait reported call=pthread_barrier_wait x1
 * guarded vanished-threads=off lost-wait=off: exit 142; nothing
 * guarded vanished-threads=off lost-wait=poison: exit 142; lost-wait reported x5
 * guarded vanished-threads=off lost-wait=die exitcode=9: exit 9; lost-wait died x5
 */
#include "hung.h"
#include "locks.h"
#include <semaphore.h>
#include <threads.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static mtx_t c11_mutex;
static cnd_t c11_condition;
static sem_t semaphore, lock;
static pthread_barrier_t barrier;

static void be_worker(void) { SETUP(prctl(PR_SET_NAME, "worker") == 0); }

static int on_condition(void *none) {
    (void)none;
    SETUP(pthread_mutex_lock(&mutex) == 0);
    pthread_cond_wait(&condition, &mutex);
    return 11;
}

static int on_c11(void *none) {
    (void)none;
    SETUP(mtx_lock(&c11_mutex) == thrd_success);
    cnd_wait(&c11_condition, &c11_mutex);
    return 12;
}

static int on_semaphore(void *none) {
    (void)none;
    signal(SIGUSR2, SIG_DFL); /* one of the ways to fork leaves a handler, which might post */
    sem_wait(&semaphore);
    sem_wait(&semaphore); /* the value was 1 at the fork */
    return 13;
}

static int on_lock(void *none) {
    (void)none;
    signal(SIGUSR2, SIG_DFL);
    SETUP(sem_wait(&lock) == 0);
    sem_wait(&lock);
    return 16;
}

static int on_barrier(void *none) {
    (void)none;
    pthread_barrier_wait(&barrier);
    return 14;
}

int main(int argc, char **argv) {
    kid_main *const CASES[] = {on_condition, on_c11, on_semaphore, on_lock, on_barrier};
    const struct way *way = which_way(argc, argv);
    SETUP(mtx_init(&c11_mutex, mtx_plain) == thrd_success && cnd_init(&c11_condition) == thrd_success);
    SETUP(sem_init(&semaphore, 0, 0) == 0 && sem_post(&semaphore) == 0 && pthread_barrier_init(&barrier, NULL, 3) == 0);
    SETUP(sem_init(&lock, 0, 1) == 0);
    struct keeper worker;
    keep(&worker, be_worker);
    int first = 0;
    for (int place = 0; place < 5; place++) {
        struct kid kid = start(way, CASES[place], NULL);
        int code = code_or_lost(&kid);
        CHECK(15, place == 0 || code == first);
        first = code;
    }
    return first;
}
