/* Semaphores that are no locks, of which a vanished thread has taken: signals, counts of items, the free place of a
 * buffer. What it took is gone, and must not come back in the child. And semaphores that are locks, and not held by
 * who vanished: it has posted, or still waits.
 *
 * ways: all
 * bare: exit 0
 * guarded vanished-threads=off: exit 0; nothing
 * guarded vanished-threads=off orphaned-lock=repair: exit 0; nothing
 * guarded vanished-threads=off orphaned-lock=die: exit 0; nothing
 * bare differs: no
 */
#include "asleep.h"
#include "locks.h"

static sem_t signal_, taken_signal, items, some_items, places, filled, given_back, held_here;
static volatile pid_t waiters[2];

static bool empty(sem_t *semaphore) {
    return sem_trywait(semaphore) == -1 && errno == EAGAIN && sem_timedwait(semaphore, &LONG_AGO) == -1 && errno == ETIMEDOUT;
}

static void consume(void) {
    SETUP(sem_wait(&taken_signal) == 0 && sem_wait(&some_items) == 0);
    for (int count = 0; count < 3; count++)
        SETUP(sem_wait(&items) == 0);
    SETUP(sem_wait(&given_back) == 0 && sem_post(&given_back) == 0);
}

/* A buffer with one place: the producer waits for the place and posts that it is filled, the consumer the reverse. */
static void produce(void) {
    for (int count = 0; count < 4; count++)
        SETUP(sem_wait(&places) == 0 && sem_post(&filled) == 0);
}

static void *empty_three(void *none) {
    for (int count = 0; count < 3; count++)
        SETUP(sem_wait(&filled) == 0 && sem_post(&places) == 0);
    return none;
}

static void *wait_for_signal(void *none) {
    waiters[0] = (pid_t)raw_call(SYS_gettid);
    sem_wait(&signal_);
    return none;
}
static void *wait_for_lock(void *none) {
    waiters[1] = (pid_t)raw_call(SYS_gettid);
    sem_wait(&held_here);
    return none;
}

static int child(void *none) {
    (void)none;
    int value;
    CHECK(11, empty(&signal_) && empty(&taken_signal) && empty(&items));
    CHECK(12, sem_trywait(&some_items) == 0 && empty(&some_items));
    /* The place is taken until this consumer empties it. */
    CHECK(13, empty(&places) && sem_trywait(&filled) == 0 && empty(&filled));
    CHECK(14, sem_post(&places) == 0 && sem_trywait(&places) == 0 && empty(&places));
    CHECK(15, sem_trywait(&given_back) == 0 && empty(&given_back) && sem_post(&given_back) == 0);
    CHECK(16, empty(&held_here) && sem_post(&held_here) == 0 && sem_trywait(&held_here) == 0 && empty(&held_here));
    CHECK(17, sem_post(&signal_) == 0 && sem_wait(&signal_) == 0 && empty(&signal_));
    CHECK(18, sem_post(&items) == 0 && sem_post(&items) == 0 && sem_getvalue(&items, &value) == 0 && value == 2);
    return 0;
}

static int run(const struct way *way) {
    static const long sleep_of[] = {SYS_futex};
    struct keeper consumer, producer;
    pthread_t threads[2], emptier;
    SETUP(sem_init(&signal_, 0, 0) == 0 && sem_init(&taken_signal, 0, 0) == 0 && sem_init(&items, 0, 3) == 0);
    SETUP(sem_init(&some_items, 0, 2) == 0 && sem_init(&places, 0, 1) == 0 && sem_init(&filled, 0, 0) == 0);
    SETUP(sem_init(&given_back, 0, 1) == 0 && sem_init(&held_here, 0, 1) == 0);
    SETUP(sem_post(&taken_signal) == 0 && sem_wait(&held_here) == 0);
    keep(&consumer, consume);
    SETUP(pthread_create(&threads[0], NULL, wait_for_signal, NULL) == 0 && pthread_create(&threads[1], NULL, wait_for_lock, NULL) == 0);
    for (int place = 0; place < 2; place++) {
        while (waiters[place] == 0)
            sched_yield();
        await_sleep(waiters[place], sleep_of, 1);
    }
    SETUP(pthread_create(&emptier, NULL, empty_three, NULL) == 0);
    keep(&producer, produce);
    SETUP(pthread_join(emptier, NULL) == 0);
    struct kid kid = start(way, child, NULL);
    ended_or_hung(&kid);
    return 0;
}

int main(int argc, char **argv) { return in_the_forker(which_way(argc, argv), run); }
