/* The parent's waiters on a condition variable are not only in the way of its destruction. A child that goes on using
 * it with threads of its own loses a wake-up, or hangs in pthread_cond_signal: glibc, up to 2.41, counts signals and
 * waiters by groups, and does not close a group while a waiter has not left it.
 *
 * ways: one_waiting signalled_one
 * bare: exit 142
 * guarded vanished-threads=off: exit 0; ghost-waiter repaired
 */
#include "asleep.h"
#include "locks.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static const long SLEEP_OF[] = {SYS_futex};
static volatile pid_t waiter;
static int permits;

static void *wait_main(void *none) {
    SETUP(pthread_mutex_lock(&mutex) == 0);
    waiter = (pid_t)raw_call(SYS_gettid);
    while (permits == 0)
        SETUP(pthread_cond_wait(&condition, &mutex) == 0);
    permits--;
    SETUP(pthread_mutex_unlock(&mutex) == 0);
    return none;
}

static pthread_t begin_wait(void) {
    pthread_t thread;
    waiter = 0;
    SETUP(pthread_create(&thread, NULL, wait_main, NULL) == 0);
    while (waiter == 0)
        sched_yield();
    await_sleep(waiter, SLEEP_OF, 1);
    return thread;
}

static void permit_one(void) {
    SETUP(pthread_mutex_lock(&mutex) == 0);
    permits++;
    SETUP(pthread_cond_signal(&condition) == 0 && pthread_mutex_unlock(&mutex) == 0);
}

static int child(void *none) {
    (void)none;
    permits = 0;
    for (int round = 0; round < 3; round++) {
        pthread_t thread = begin_wait();
        permit_one();
        CHECK(11, pthread_join(thread, NULL) == 0);
    }
    return 0;
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    begin_wait();
    if (strcmp(argv[1], "signalled_one") == 0) {
        begin_wait();
        permit_one();
        for (int left = 0; !left; sched_yield()) {
            SETUP(pthread_mutex_lock(&mutex) == 0);
            left = permits == 0;
            SETUP(pthread_mutex_unlock(&mutex) == 0);
        }
    }
    struct kid kid = start(PLAIN_FORK, child, NULL);
    ended_or_hung(&kid);
    return 0;
}
