/* Threads of a child hand numbers on through a buffer, with condition variables that the parent had used before and that
 * have no waiter left. With a mutex that the child inherited free, and no finding.
 *
 * ways: all
 * bare: exit 0
 * guarded vanished-threads=off: exit 0; nothing
 * guarded vanished-threads=off orphaned-lock=repair: exit 0; nothing
 * bare differs: no
 */
#include "locks.h"

enum { ITEMS = 300, ROOM = 4 };
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t not_full = PTHREAD_COND_INITIALIZER, not_empty = PTHREAD_COND_INITIALIZER;
static int buffer[ROOM], filled, sum;

static void *produce(void *none) {
    for (int item = 1; item <= ITEMS; item++) {
        CHECK(11, pthread_mutex_lock(&mutex) == 0);
        while (filled == ROOM)
            CHECK(12, pthread_cond_wait(&not_full, &mutex) == 0);
        buffer[filled++] = item;
        CHECK(13, pthread_cond_signal(&not_empty) == 0 && pthread_mutex_unlock(&mutex) == 0);
    }
    return none;
}

static void *consume(void *none) {
    for (int item = 1; item <= ITEMS; item++) {
        CHECK(14, pthread_mutex_lock(&mutex) == 0);
        while (filled == 0)
            CHECK(15, pthread_cond_wait(&not_empty, &mutex) == 0);
        sum += buffer[--filled];
        CHECK(16, pthread_cond_broadcast(&not_full) == 0 && pthread_mutex_unlock(&mutex) == 0);
    }
    return none;
}

static int hand_on(void *none) {
    pthread_t threads[4];
    sum = filled = 0;
    for (int place = 0; place < 4; place++)
        SETUP(pthread_create(&threads[place], NULL, place % 2 ? produce : consume, none) == 0);
    for (int place = 0; place < 4; place++)
        CHECK(17, pthread_join(threads[place], NULL) == 0);
    say("%d\n", sum);
    return 0;
}

static int child(void *none) {
    hand_on(none);
    CHECK(18, pthread_cond_destroy(&not_full) == 0 && pthread_cond_destroy(&not_empty) == 0 && pthread_mutex_destroy(&mutex) == 0);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    struct kid kid;
    hand_on(NULL);
    kid = start(way, child, NULL);
    ended_or_hung(&kid);
    hand_on(NULL);
    return 0;
}
