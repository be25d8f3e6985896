/* Twenty threads of the parent wait on one condition variable, and some have waited and left before; the child destroys
 * it.
 *
 * ways: all
 * bare: exit 142
 * guarded vanished-threads=off: exit 0; ghost-waiter repaired call=pthread_cond_destroy x1
 * guarded vanished-threads=off ghost-waiter=die exitcode=9: exit 9; ghost-waiter died call=pthread_cond_destroy x1
 */
#include "asleep.h"
#include "locks.h"

enum { THREADS = 20, LEFT = 5 };
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static volatile pid_t waiters[THREADS];
static volatile int waiting, may_leave;

static void *wait_main(void *place) {
    waiters[(size_t)place] = (pid_t)raw_call(SYS_gettid);
    SETUP(pthread_mutex_lock(&mutex) == 0);
    waiting++;
    while (may_leave == 0)
        SETUP(pthread_cond_wait(&condition, &mutex) == 0);
    may_leave--;
    waiting--;
    SETUP(pthread_mutex_unlock(&mutex) == 0);
    return NULL;
}

static int child(void *none) {
    (void)none;
    CHECK(11, pthread_cond_destroy(&condition) == 0);
    CHECK(12, pthread_cond_init(&condition, NULL) == 0 && pthread_cond_destroy(&condition) == 0);
    return 0;
}

static int count_of(volatile int *counter) {
    SETUP(pthread_mutex_lock(&mutex) == 0);
    int now = *counter;
    SETUP(pthread_mutex_unlock(&mutex) == 0);
    return now;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    pthread_t thread;
    for (size_t place = 0; place < THREADS; place++)
        SETUP(pthread_create(&thread, NULL, wait_main, (void *)place) == 0);
    while (count_of(&waiting) < THREADS)
        sched_yield();
    SETUP(pthread_mutex_lock(&mutex) == 0);
    may_leave = LEFT;
    for (int count = 0; count < LEFT; count++)
        SETUP(pthread_cond_signal(&condition) == 0);
    SETUP(pthread_mutex_unlock(&mutex) == 0);
    while (count_of(&waiting) > THREADS - LEFT)
        sched_yield();
    struct kid kid = start(way, child, NULL);
    ended_or_hung(&kid);
    return 0;
}
