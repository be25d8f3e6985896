/* A program with a worker thread forks. The child gives it work and waits for the end of it, for ever: the worker is not
 * there. We cannot mend that, and say so: when it shows that it means to go on, and when it waits.
 *
 * ways: fork _Fork SYS_fork SYS_clone SYS_clone3 asm clone forkpty thread handler
 * bare: exit 142
 * guarded ghost-waiter=off: exit 142; vanished-threads reported x1, lost-wait reported x1
 * guarded ghost-waiter=off lost-wait=off: exit 142; vanished-threads reported x1
 * guarded ghost-waiter=off vanished-threads=off: exit 142; lost-wait reported x1
 * guarded ghost-waiter=off vanished-threads=die exitcode=9: exit 9; vanished-threads died x1
 * guarded ghost-waiter=off mode=observe: exit 142; vanished-threads reported x1, lost-wait reported x1
 */
#include "asleep.h"
#include "locks.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t asked = PTHREAD_COND_INITIALIZER, answered = PTHREAD_COND_INITIALIZER;
static int question, answer;
static volatile pid_t worker;

static void *work(void *none) {
    worker = (pid_t)raw_call(SYS_gettid);
    SETUP(pthread_mutex_lock(&mutex) == 0);
    for (;;) {
        while (question == 0)
            SETUP(pthread_cond_wait(&asked, &mutex) == 0);
        answer = question + 1;
        question = 0;
        SETUP(pthread_cond_signal(&answered) == 0);
    }
    return none;
}

static int ask(int what) {
    CHECK(11, pthread_mutex_lock(&mutex) == 0);
    question = what;
    answer = 0;
    CHECK(12, pthread_cond_signal(&asked) == 0);
    while (answer == 0)
        CHECK(13, pthread_cond_wait(&answered, &mutex) == 0);
    CHECK(14, pthread_mutex_unlock(&mutex) == 0);
    return answer;
}

static int child(void *none) {
    (void)none;
    CHECK(15, ask(7) == 8);
    return 0;
}

int main(int argc, char **argv) {
    static const long sleep_of[] = {SYS_futex};
    const struct way *way = which_way(argc, argv);
    pthread_t thread;
    SETUP(pthread_create(&thread, NULL, work, NULL) == 0);
    CHECK(16, ask(4) == 5);
    await_sleep(worker, sleep_of, 1);
    struct kid kid = start(way, child, NULL);
    ended_or_hung(&kid);
    return 0;
}
