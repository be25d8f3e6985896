/* The child has a waiter of its own on the condition variable where its parent's waits. Destroying it takes the ghost
 * off, and waits for the live one, as it must: whoever returns from the destruction may free the memory.
 *
 * ways: all
 * bare: exit 142
 * guarded vanished-threads=off: exit 0; ghost-waiter repaired x1
 */
#include "asleep.h"
#include "locks.h"

static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static const long SLEEP_OF[] = {SYS_futex};
static volatile pid_t waiter, destroyer;
static volatile bool destroyed, left;

static void *wait_main(void *none) {
    SETUP(pthread_mutex_lock(&mutex) == 0);
    waiter = (pid_t)raw_call(SYS_gettid);
    CHECK(11, pthread_cond_wait(&condition, &mutex) == 0);
    left = true;
    CHECK(12, pthread_mutex_unlock(&mutex) == 0);
    return none;
}

static void *destroy_main(void *none) {
    destroyer = (pid_t)raw_call(SYS_gettid);
    CHECK(13, pthread_cond_destroy(&condition) == 0);
    destroyed = true;
    return none;
}

static pthread_t asleep(void *(*run)(void *), volatile pid_t *id) {
    pthread_t thread;
    *id = 0;
    SETUP(pthread_create(&thread, NULL, run, NULL) == 0);
    while (*id == 0)
        sched_yield();
    await_sleep(*id, SLEEP_OF, 1);
    return thread;
}

static int child(void *none) {
    (void)none;
    pthread_t wait_thread = asleep(wait_main, &waiter);
    pthread_t destroy_thread = asleep(destroy_main, &destroyer);
    CHECK(14, !destroyed && !left);
    /* The waiter needs the mutex to come back, not to leave the condition variable. */
    CHECK(15, pthread_mutex_lock(&mutex) == 0 && pthread_cond_broadcast(&condition) == 0);
    CHECK(16, pthread_join(destroy_thread, NULL) == 0 && destroyed && !left);
    CHECK(17, pthread_mutex_unlock(&mutex) == 0 && pthread_join(wait_thread, NULL) == 0 && left);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    asleep(wait_main, &waiter);
    struct kid kid = start(way, child, NULL);
    ended_or_hung(&kid);
    return 0;
}
