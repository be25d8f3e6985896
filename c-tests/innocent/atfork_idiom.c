/* The idiom of well-behaved libraries, with locks that do not look at who gives them back: taken before the fork, and
 * released after it in parent and child. Other threads want them all the while. Right bare; right, and silent, with us.
 *
 * ways: fork daemon forkpty thread handler grandchild
 * bare: exit 0
 * guarded vanished-threads=off: exit 0; nothing
 * guarded vanished-threads=off orphaned-lock=die: exit 0; nothing
 * guarded vanished-threads=off adopted-lock=off orphaned-lock=die: exit 0; nothing
 * stderr: not compared
 */
#include "locks.h"
#include <stdatomic.h>

static pthread_mutex_t plain, adaptive;
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static sem_t semaphore;
static _Atomic bool enough;
static _Atomic int rounds;

static void take_all(void) {
    CHECK(11, pthread_mutex_lock(&plain) == 0 && pthread_mutex_lock(&adaptive) == 0);
    CHECK(12, pthread_rwlock_rdlock(&lock) == 0 && sem_wait(&semaphore) == 0);
}
static void give_all(void) {
    CHECK(13, sem_post(&semaphore) == 0 && pthread_rwlock_unlock(&lock) == 0);
    CHECK(14, pthread_mutex_unlock(&adaptive) == 0 && pthread_mutex_unlock(&plain) == 0);
}

/* Never holds one of the other locks at a fork: the first mutex keeps it out. */
static void *work(void *none) {
    for (; !enough; rounds++) {
        take_all();
        give_all();
        sched_yield();
    }
    return none;
}

static int child(void *none) {
    (void)none;
    for (int count = 0; count < 3; count++) {
        take_all();
        give_all();
    }
    CHECK(15, elsewhere(try_mutex, &plain) == 0 && elsewhere(try_mutex, &adaptive) == 0 && elsewhere(try_write, &lock) == 0);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    pthread_t threads[2];
    make_mutex(&plain, NORMAL);
    make_mutex(&adaptive, ADAPTIVE);
    SETUP(sem_init(&semaphore, 0, 1) == 0 && pthread_atfork(take_all, give_all, give_all) == 0);
    for (int place = 0; place < 2; place++)
        SETUP(pthread_create(&threads[place], NULL, work, NULL) == 0);
    while (rounds < 10)
        sched_yield();
    for (int count = 0; count < 5; count++) {
        struct kid kid = start(way, child, NULL);
        ended_or_hung(&kid);
    }
    enough = true;
    for (int place = 0; place < 2; place++)
        SETUP(pthread_join(threads[place], NULL) == 0);
    return 0;
}
