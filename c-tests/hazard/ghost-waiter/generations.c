/* A condition variable with a waiter of the grandparent and one of the parent: the grandchild destroys it.
 *
 * ways: all
 * bare: exit 142
 * guarded vanished-threads=off: exit 0; ghost-waiter repaired x2
 */
#include "asleep.h"
#include "locks.h"

static const struct way *way;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static volatile pid_t waiter;

static void *wait_main(void *none) {
    SETUP(pthread_mutex_lock(&mutex) == 0);
    waiter = (pid_t)raw_call(SYS_gettid);
    pthread_cond_wait(&condition, &mutex);
    return none;
}

static void begin_wait(void) {
    static const long sleep_of[] = {SYS_futex};
    pthread_t thread;
    waiter = 0;
    SETUP(pthread_create(&thread, NULL, wait_main, NULL) == 0);
    while (waiter == 0)
        sched_yield();
    await_sleep(waiter, sleep_of, 1);
}

static int grandchild(void *none) {
    (void)none;
    CHECK(11, pthread_cond_destroy(&condition) == 0);
    return 0;
}

static int child(void *none) {
    (void)none;
    begin_wait();
    struct kid kid = start(way, grandchild, NULL);
    ended_or_hung(&kid);
    return 0;
}

int main(int argc, char **argv) {
    way = which_way(argc, argv);
    begin_wait();
    struct kid kid = start(way, child, NULL);
    ended_or_hung(&kid);
    return 0;
}
