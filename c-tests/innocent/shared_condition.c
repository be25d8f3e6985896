/* A condition variable shared between processes, with a waiter in the parent, which is alive. The child that destroys it
 * waits for that one to leave, as it should.
 *
 * ways: all
 * bare: exit 0
 * guarded vanished-threads=off: exit 0; nothing
 */
#include "asleep.h"
#include "locks.h"

struct shared {
    pthread_mutex_t mutex;
    pthread_cond_t condition;
};
static struct shared *shared;
static const long SLEEP_OF[] = {SYS_futex};
static volatile pid_t waiter, destroyer;
static volatile bool destroyed;

static void *wait_main(void *none) {
    waiter = (pid_t)raw_call(SYS_gettid);
    SETUP(pthread_mutex_lock(&shared->mutex) == 0);
    CHECK(11, pthread_cond_wait(&shared->condition, &shared->mutex) == 0);
    CHECK(12, pthread_mutex_unlock(&shared->mutex) == 0);
    return none;
}

static void *destroy_main(void *none) {
    destroyer = (pid_t)raw_call(SYS_gettid);
    CHECK(13, pthread_cond_destroy(&shared->condition) == 0);
    destroyed = true;
    return none;
}

static pthread_t asleep(void *(*run)(void *), volatile pid_t *id) {
    pthread_t thread;
    SETUP(pthread_create(&thread, NULL, run, NULL) == 0);
    while (*id == 0)
        sched_yield();
    await_sleep(*id, SLEEP_OF, 1);
    return thread;
}

static int child(void *none) {
    (void)none;
    pthread_t thread = asleep(destroy_main, &destroyer);
    CHECK(14, !destroyed);
    tell(up);
    CHECK(15, pthread_join(thread, NULL) == 0 && destroyed);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    pthread_mutexattr_t of_mutex;
    pthread_condattr_t of_condition;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    SETUP(shared != MAP_FAILED);
    SETUP(pthread_mutexattr_init(&of_mutex) == 0 && pthread_mutexattr_setpshared(&of_mutex, PTHREAD_PROCESS_SHARED) == 0);
    SETUP(pthread_condattr_init(&of_condition) == 0 && pthread_condattr_setpshared(&of_condition, PTHREAD_PROCESS_SHARED) == 0);
    SETUP(pthread_mutex_init(&shared->mutex, &of_mutex) == 0 && pthread_cond_init(&shared->condition, &of_condition) == 0);
    pthread_t thread = asleep(wait_main, &waiter);
    struct kid kid = start(way, child, NULL);
    await(kid.line);
    CHECK(16, pthread_cond_broadcast(&shared->condition) == 0);
    SETUP(pthread_join(thread, NULL) == 0);
    ended(&kid);
    return 0;
}
