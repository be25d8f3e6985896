/* A library keeps its lock in order over forks, as the manual has it: taken in the prepare handler, given back in parent
 * and child. The program has threads, forks, and execs at once: what the handlers call in the child is no sign
 * that the child goes on without its parent's threads.
 *
 * ways: fork thread handler
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded mode=strict: exit 0; nothing
 */
#include "fork_ways.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;

static void take(void) { CHECK(11, pthread_mutex_lock(&mutex) == 0 && pthread_rwlock_rdlock(&lock) == 0); }
static void give(void) { CHECK(12, pthread_rwlock_unlock(&lock) == 0 && pthread_mutex_unlock(&mutex) == 0); }
static void give_in_child(void) {
    give();
    CHECK(13, pthread_mutex_trylock(&mutex) == 0 && pthread_mutex_unlock(&mutex) == 0);
}

static void *idle(void *none) {
    for (;;)
        pause();
    return none;
}

static int child(void *none) {
    (void)none;
    execl("/bin/true", "true", (char *)NULL);
    return 14;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    pthread_t thread;
    SETUP(pthread_atfork(take, give, give_in_child) == 0 && pthread_create(&thread, NULL, idle, NULL) == 0);
    for (int count = 0; count < 5; count++) {
        struct kid kid = start(way, child, NULL);
        ended(&kid);
    }
    return 0;
}
