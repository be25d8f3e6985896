/* Locks of every kind, threads that keep them while others fork, and moments for timed waits. */
#ifndef LOCKS_H
#define LOCKS_H

#include "hangs.h"
#include <semaphore.h>

/* A check after which the others are still made, so that a bare run shows every one of them wrong: the program ends
 * with 20 and the number of those that failed. */
static int tallied;
static MAYBE_UNUSED bool tally(bool good, const char *what, const char *file, int line) {
    if (!good) {
        line_to(2, "%s:%d: pid %d: failed: %s (errno %d)\n", file, line, (int)raw_getpid(), what, errno);
        tallied++;
    }
    return good;
}
#define TALLY(condition) tally(condition, #condition, __FILE__, __LINE__)
static MAYBE_UNUSED int tally_code(void) { return tallied ? 20 + tallied : 0; }

/* The mutex types that have an owner and nothing else besides (pthread_mutexattr_settype(3)). */
static const int MUTEX_TYPES[] = {PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_ADAPTIVE_NP};
enum { NORMAL, RECURSIVE, ERRORCHECK, ADAPTIVE, TYPES };

static MAYBE_UNUSED void make_mutex(pthread_mutex_t *mutex, int type) {
    pthread_mutexattr_t attributes;
    SETUP(pthread_mutexattr_init(&attributes) == 0 && pthread_mutexattr_settype(&attributes, MUTEX_TYPES[type]) == 0);
    SETUP(pthread_mutex_init(mutex, &attributes) == 0 && pthread_mutexattr_destroy(&attributes) == 0);
}

/* A moment that has passed on every clock: a timed call fails at once, or need not wait. */
static const struct timespec LONG_AGO = {1, 0};

/* The result of run(arg) in another thread of this process. */
struct errand {
    int (*run)(void *arg);
    void *arg;
    int result;
};
static void *errand_main(void *arg) {
    struct errand *errand = arg;
    errand->result = errand->run(errand->arg);
    return NULL;
}
static MAYBE_UNUSED int elsewhere(int (*run)(void *), void *arg) {
    struct errand errand = {run, arg, -1};
    pthread_t thread;
    SETUP(pthread_create(&thread, NULL, errand_main, &errand) == 0 && pthread_join(thread, NULL) == 0);
    return errand.result;
}

/* For elsewhere(): can it be had? What was got is given back. */
static MAYBE_UNUSED int try_mutex(void *mutex) {
    int result = pthread_mutex_trylock(mutex);
    SETUP(result != 0 || pthread_mutex_unlock(mutex) == 0);
    return result;
}
static MAYBE_UNUSED int try_read(void *lock) {
    int result = pthread_rwlock_tryrdlock(lock);
    SETUP(result != 0 || pthread_rwlock_unlock(lock) == 0);
    return result;
}
static MAYBE_UNUSED int try_write(void *lock) {
    int result = pthread_rwlock_trywrlock(lock);
    SETUP(result != 0 || pthread_rwlock_unlock(lock) == 0);
    return result;
}

/* A mutex that this thread holds once is sound: of its type, nobody else's until it is unlocked, and free then. */
#define SOUND_MUTEX(code, mutex, type) \
    do { \
        CHECK(code, elsewhere(try_mutex, mutex) == EBUSY); \
        CHECK((code) + 1, pthread_mutex_trylock(mutex) == ((type) == RECURSIVE ? 0 : EBUSY)); \
        CHECK((code) + 2, (type) != RECURSIVE || pthread_mutex_unlock(mutex) == 0); \
        CHECK((code) + 3, (type) != ERRORCHECK || pthread_mutex_lock(mutex) == EDEADLK); \
        CHECK((code) + 4, pthread_mutex_unlock(mutex) == 0); \
        CHECK((code) + 5, ((type) != RECURSIVE && (type) != ERRORCHECK) || pthread_mutex_unlock(mutex) == EPERM); \
        CHECK((code) + 6, elsewhere(try_mutex, mutex) == 0); \
    } while (0)

/* A thread that does something, `take` a lock usually, and then stays until it is let go: a child made meanwhile
 * lacks it. Its name is `keeper`. */
struct keeper {
    void (*take)(void);
    pthread_t thread;
    pid_t id;
    int here, there;
};
static void *keeper_main(void *arg) {
    struct keeper *keeper = arg;
    SETUP(prctl(PR_SET_NAME, "keeper") == 0);
    keeper->id = (pid_t)raw_call(SYS_gettid);
    keeper->take();
    tell(keeper->there);
    await(keeper->there);
    return NULL;
}
static MAYBE_UNUSED void keep(struct keeper *keeper, void (*take)(void)) {
    int ends[2];
    keeper->take = take;
    SETUP(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    keeper->here = raw_dup_above(ends[0], 200);
    keeper->there = raw_dup_above(ends[1], 200);
    raw_close(ends[0]);
    raw_close(ends[1]);
    SETUP(pthread_create(&keeper->thread, NULL, keeper_main, keeper) == 0);
    await(keeper->here);
}
static MAYBE_UNUSED void let_end(struct keeper *keeper) {
    tell(keeper->here);
    SETUP(pthread_join(keeper->thread, NULL) == 0);
    raw_close(keeper->here);
    raw_close(keeper->there);
}

/* Runs `run(way)` in the thread that forks, so that it can hold locks: in the way `thread` that is not the first. */
struct forker {
    int (*run)(const struct way *way);
    int code;
};
static void *forker_main(void *arg) {
    struct forker *forker = arg;
    forker->code = forker->run(PLAIN_FORK);
    return NULL;
}
static MAYBE_UNUSED int in_the_forker(const struct way *way, int (*run)(const struct way *way)) {
    struct forker forker = {run, -1};
    pthread_t thread;
    if (strcmp(way->name, "thread") != 0)
        return run(way);
    SETUP(pthread_create(&thread, NULL, forker_main, &forker) == 0 && pthread_join(thread, NULL) == 0);
    return forker.code;
}

#endif
