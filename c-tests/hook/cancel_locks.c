/* Threads cancelled in the calls that wait for locks. Those that libc makes cancellation points (pthreads(7)) unwind,
 * with the mutex held again where one was given up; the others are none. A handler may also leave by siglongjmp or end
 * the thread. In a first process, and in a child.
 *
 * ways: none
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded orphaned-lock=repair: exit 0; nothing
 * bare differs: no
 */
#include "asleep.h"
#include "locks.h"
#include "transcript.h"
#include <setjmp.h>
#include <threads.h>

static const struct timespec FAR = {(time_t)1 << 40, 0};
static const long SLEEP_OF[] = {SYS_futex};
static pthread_mutex_t mutex, busy;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER, busy_rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static cnd_t c11 = {0};
static sem_t semaphore;
static int cleaned, held, came_back;
static volatile pid_t thread_id;
static sigjmp_buf back;

static void clean(void *none) {
    (void)none;
    cleaned++;
    held = pthread_mutex_unlock(&mutex) == 0; /* error-checking: only its holder can */
}

static int take_and_give(int result) { return result == 0 ? pthread_mutex_unlock(&busy) : result; }

/* The mutex is held at each. Those named sleep_ are cancelled asleep; the others are made with a cancellation waiting. */
#define CALLS(one) \
    one(cond_timedwait, pthread_cond_timedwait(&condition, &mutex, &LONG_AGO)) \
    one(cond_clockwait, pthread_cond_clockwait(&condition, &mutex, CLOCK_MONOTONIC, &LONG_AGO)) \
    one(cnd_timedwait, cnd_timedwait(&c11, (mtx_t *)&mutex, &LONG_AGO)) \
    one(sem_wait, sem_wait(&semaphore)) \
    one(sem_timedwait, sem_timedwait(&semaphore, &LONG_AGO)) \
    one(sem_clockwait, sem_clockwait(&semaphore, CLOCK_MONOTONIC, &LONG_AGO)) \
    one(sem_trywait, sem_trywait(&semaphore)) \
    one(mutex_lock, take_and_give(pthread_mutex_lock(&busy))) \
    one(mutex_trylock, take_and_give(pthread_mutex_trylock(&busy))) \
    one(mutex_timedlock, take_and_give(pthread_mutex_timedlock(&busy, &LONG_AGO))) \
    one(rwlock_rdlock, pthread_rwlock_rdlock(&rwlock) + pthread_rwlock_unlock(&rwlock)) \
    one(rwlock_wrlock, pthread_rwlock_wrlock(&rwlock) + pthread_rwlock_unlock(&rwlock)) \
    one(cond_signal, pthread_cond_signal(&condition) + pthread_cond_broadcast(&condition)) \
    one(sleep_cond_wait, pthread_cond_wait(&condition, &mutex)) \
    one(sleep_cond_timedwait, pthread_cond_timedwait(&condition, &mutex, &FAR)) \
    one(sleep_cond_clockwait, pthread_cond_clockwait(&condition, &mutex, CLOCK_MONOTONIC, &FAR)) \
    one(sleep_cnd_wait, cnd_wait(&c11, (mtx_t *)&mutex)) \
    one(sleep_sem_wait, sem_wait(&semaphore)) \
    one(sleep_sem_timedwait, sem_timedwait(&semaphore, &FAR)) \
    one(sleep_sem_clockwait, sem_clockwait(&semaphore, CLOCK_MONOTONIC, &FAR)) \
    one(held_mutex_lock, take_and_give(pthread_mutex_lock(&busy))) \
    one(held_mutex_timedlock, take_and_give(pthread_mutex_timedlock(&busy, &FAR))) \
    one(held_rwlock_rdlock, pthread_rwlock_rdlock(&busy_rwlock) + pthread_rwlock_unlock(&busy_rwlock)) \
    one(held_rwlock_timedwrlock, pthread_rwlock_timedwrlock(&busy_rwlock, &FAR) + pthread_rwlock_unlock(&busy_rwlock))

#define BODY(name, call) \
    static void do_##name(void) { say("  %d\n", (call)); }
CALLS(BODY)
#define ENTRY(name, call) {#name, do_##name},
static const struct {
    const char *name;
    void (*call)(void);
} TABLE[] = {CALLS(ENTRY)};
enum { COUNT = sizeof TABLE / sizeof *TABLE };

static bool named(size_t place, const char *how) { return strncmp(TABLE[place].name, how, strlen(how)) == 0; }

static void *cancelled(void *arg) {
    size_t place = (size_t)arg;
    int state;
    pthread_cleanup_push(clean, NULL);
    SETUP(pthread_mutex_lock(&mutex) == 0);
    thread_id = (pid_t)raw_call(SYS_gettid);
    if (!named(place, "sleep_") && !named(place, "held_")) {
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
        pthread_cancel(pthread_self());
        pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
    }
    TABLE[place].call();
    came_back++;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    pthread_cleanup_pop(1);
    return NULL;
}

/* Leaves a wait for a semaphore or a condition in its own way. A wait that is left by a jump never gave its place back,
 * so nothing but the semaphore, which has no places, is used after. */
static void leave(int number) {
    if (number == SIGUSR1)
        siglongjmp(back, 1);
    pthread_exit(&cleaned);
}
static void *left(void *none) {
    thread_id = (pid_t)raw_call(SYS_gettid);
    if (sigsetjmp(back, 1) == 0)
        sem_wait(&semaphore);
    came_back++;
    return none;
}

static void sleeping(pthread_t *thread, void *(*run)(void *), void *arg) {
    thread_id = 0;
    SETUP(pthread_create(thread, NULL, run, arg) == 0);
    while (thread_id == 0)
        sched_yield();
}

static int run(void *none) {
    for (size_t place = 0; place < COUNT; place++) {
        pthread_t thread;
        void *answer = NULL;
        cleaned = held = came_back = 0;
        if (named(place, "held_"))
            SETUP(pthread_mutex_lock(&busy) == 0 && pthread_rwlock_wrlock(&busy_rwlock) == 0);
        sleeping(&thread, cancelled, (void *)place);
        if (named(place, "sleep_") || named(place, "held_")) {
            await_sleep(thread_id, SLEEP_OF, 1);
            SETUP(pthread_cancel(thread) == 0);
        }
        if (named(place, "held_"))
            SETUP(pthread_mutex_unlock(&busy) == 0 && pthread_rwlock_unlock(&busy_rwlock) == 0);
        SETUP(pthread_join(thread, &answer) == 0);
        say("%s: %s, cleaned %d, held %d, came back %d\n", TABLE[place].name, answer == PTHREAD_CANCELED ? "cancelled" : "ended", cleaned,
            held, came_back);
    }
    struct sigaction action = {.sa_handler = leave};
    SETUP(sigaction(SIGUSR1, &action, NULL) == 0 && sigaction(SIGUSR2, &action, NULL) == 0);
    for (int count = 0; count < 2; count++) {
        pthread_t thread;
        void *answer = NULL;
        came_back = 0;
        sleeping(&thread, left, NULL);
        await_sleep(thread_id, SLEEP_OF, 1);
        SETUP(pthread_kill(thread, count == 0 ? SIGUSR1 : SIGUSR2) == 0 && pthread_join(thread, &answer) == 0);
        say("left: %s, came back %d\n", answer == &cleaned ? "ended by the handler" : "ended", came_back);
    }
    T(sem_post(&semaphore));
    T(sem_wait(&semaphore));
    T(elsewhere(try_mutex, &mutex));
    T(elsewhere(try_write, &busy_rwlock));
    return none != NULL;
}

/* The locks are used in a child of this one too, where its first calls are those that are cancelled. */
int main(void) {
    make_mutex(&mutex, ERRORCHECK);
    make_mutex(&busy, NORMAL);
    SETUP(sem_init(&semaphore, 0, 0) == 0 && cnd_init(&c11) == thrd_success);
    run(NULL);
    struct kid kid = start(PLAIN_FORK, run, NULL);
    ended(&kid);
    return 0;
}
