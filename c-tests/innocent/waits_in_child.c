/* A child lacks its parent's thread, and waits for what can come all the same: from a thread of its own, from one that no
 * pthread_create made, from a handler, or, through shared memory, from its parent; or what has come already, or is
 * refused at once. Nothing is said of it.
 *
 * ways: all
 * bare: exit 0
 * guarded vanished-threads=off: exit 0; nothing
 */
#include "locks.h"
#include <semaphore.h>
#include <sys/mman.h>

struct shared {
    pthread_mutex_t mutex;
    pthread_cond_t condition;
    sem_t semaphore;
    pthread_barrier_t barrier;
    volatile pid_t waiter;
    bool come;
};

static struct shared *shared;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier, full;
static sem_t semaphore, ready;
static bool come;

static void be_worker(void) { SETUP(prctl(PR_SET_NAME, "worker") == 0); }

static void *come_to_all(void *none) {
    SETUP(pthread_mutex_lock(&mutex) == 0);
    come = true;
    SETUP(pthread_cond_signal(&condition) == 0 && pthread_mutex_unlock(&mutex) == 0);
    pthread_barrier_wait(&barrier);
    SETUP(sem_post(&semaphore) == 0);
    return none;
}

static int own_thread(void *none) {
    pthread_t thread;
    SETUP(pthread_mutex_lock(&mutex) == 0);
    SETUP(pthread_create(&thread, NULL, come_to_all, none) == 0);
    while (!come)
        CHECK(11, pthread_cond_wait(&condition, &mutex) == 0);
    SETUP(pthread_mutex_unlock(&mutex) == 0);
    int last = pthread_barrier_wait(&barrier);
    CHECK(12, last == 0 || last == PTHREAD_BARRIER_SERIAL_THREAD);
    CHECK(13, sem_wait(&semaphore) == 0);
    CHECK(14, pthread_join(thread, NULL) == 0);
    return 0;
}

static int post_once(void *none) {
    (void)none;
    SETUP(sem_post(&semaphore) == 0);
    raw_call(SYS_exit, 0);
    return 0;
}

static int raw_thread(void *none) {
    size_t size = 1 << 16;
    char *stack = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    SETUP(stack != MAP_FAILED);
    int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
    SETUP(clone(post_once, stack + size, flags, none) > 0);
    CHECK(15, sem_wait(&semaphore) == 0);
    return 0;
}

static void post(int number) {
    (void)number;
    sem_post(&semaphore);
}

static int handler(void *none) {
    (void)none;
    struct sigaction action = {.sa_handler = post, .sa_flags = SA_RESTART};
    SETUP(sigaction(SIGUSR1, &action, NULL) == 0);
    shared->waiter = raw_getpid();
    while (sem_wait(&semaphore) != 0)
        CHECK(16, errno == EINTR);
    return 0;
}

/* What is shared with the parent, which comes. */
static int from_parent(void *none) {
    (void)none;
    SETUP(pthread_mutex_lock(&shared->mutex) == 0);
    tell(up);
    while (!shared->come)
        CHECK(17, pthread_cond_wait(&shared->condition, &shared->mutex) == 0);
    SETUP(pthread_mutex_unlock(&shared->mutex) == 0);
    int last = pthread_barrier_wait(&shared->barrier);
    CHECK(18, last == 0 || last == PTHREAD_BARRIER_SERIAL_THREAD);
    CHECK(19, sem_wait(&shared->semaphore) == 0);
    return 0;
}

/* What does not wait. */
static int at_once(void *none) {
    (void)none;
    pthread_mutexattr_t checked;
    pthread_mutex_t not_mine;
    SETUP(pthread_mutexattr_init(&checked) == 0 && pthread_mutexattr_settype(&checked, PTHREAD_MUTEX_ERRORCHECK) == 0);
    SETUP(pthread_mutex_init(&not_mine, &checked) == 0);
    CHECK(20, pthread_cond_wait(&condition, &not_mine) == EPERM);
    CHECK(21, sem_wait(&ready) == 0);
    CHECK(22, pthread_barrier_wait(&full) == PTHREAD_BARRIER_SERIAL_THREAD);
    CHECK(23, pthread_join(pthread_self(), NULL) == EDEADLK);
    return 0;
}

static void make_shared(void) {
    pthread_mutexattr_t of_mutex;
    pthread_condattr_t of_condition;
    pthread_barrierattr_t of_barrier;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    SETUP(shared != MAP_FAILED);
    SETUP(pthread_mutexattr_init(&of_mutex) == 0 && pthread_mutexattr_setpshared(&of_mutex, PTHREAD_PROCESS_SHARED) == 0);
    SETUP(pthread_condattr_init(&of_condition) == 0 && pthread_condattr_setpshared(&of_condition, PTHREAD_PROCESS_SHARED) == 0);
    SETUP(pthread_barrierattr_init(&of_barrier) == 0 && pthread_barrierattr_setpshared(&of_barrier, PTHREAD_PROCESS_SHARED) == 0);
    SETUP(pthread_mutex_init(&shared->mutex, &of_mutex) == 0 && pthread_cond_init(&shared->condition, &of_condition) == 0);
    SETUP(pthread_barrier_init(&shared->barrier, &of_barrier, 2) == 0 && sem_init(&shared->semaphore, 1, 0) == 0);
}

int main(int argc, char **argv) {
    kid_main *const CASES[] = {own_thread, raw_thread, at_once};
    const struct way *way = which_way(argc, argv);
    make_shared();
    SETUP(pthread_barrier_init(&barrier, NULL, 2) == 0 && pthread_barrier_init(&full, NULL, 1) == 0);
    SETUP(sem_init(&semaphore, 0, 0) == 0 && sem_init(&ready, 0, 2) == 0);
    struct keeper worker;
    keep(&worker, be_worker);
    for (int place = 0; place < 3; place++) {
        struct kid kid = start(way, CASES[place], NULL);
        ended(&kid);
    }

    struct kid kid = start(way, handler, NULL);
    while (shared->waiter != kid.pid)
        sched_yield();
    SETUP(kill(kid.pid, SIGUSR1) == 0);
    ended(&kid);

    kid = start(way, from_parent, NULL);
    await(kid.line);
    SETUP(pthread_mutex_lock(&shared->mutex) == 0);
    shared->come = true;
    SETUP(pthread_cond_signal(&shared->condition) == 0 && pthread_mutex_unlock(&shared->mutex) == 0);
    pthread_barrier_wait(&shared->barrier);
    SETUP(sem_post(&shared->semaphore) == 0);
    ended(&kid);
    return 0;
}
