/* A thread of the parent waits on a condition variable by each of the calls there are; the child, which lacks it,
 * destroys its copy. pthread_cond_destroy waits until every waiter has left, and this one never does. With us it
 * returns, and what is made there anew works; the parent's waiter is woken as ever.
 *
 * ways: all
 * bare: exit 26
 * guarded vanished-threads=off: exit 0; ghost-waiter repaired x6
 * guarded vanished-threads=off ghost-waiter=off: exit 26; nothing
 * guarded vanished-threads=off ghost-waiter=report: exit 26; ghost-waiter reported x6
 * guarded vanished-threads=off mode=observe: exit 26; ghost-waiter reported x6
 */
#include "asleep.h"
#include "locks.h"
#include <threads.h>

static pthread_cond_t condition;
static cnd_t c11;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static mtx_t c11_mutex;
static const struct timespec NEVER = {.tv_sec = (time_t)1 << 40};
static volatile pid_t waiter;
static bool come;

static void wait_(void) { pthread_cond_wait(&condition, &mutex); }
static void timedwait(void) { pthread_cond_timedwait(&condition, &mutex, &NEVER); }
static void realtime(void) { pthread_cond_clockwait(&condition, &mutex, CLOCK_REALTIME, &NEVER); }
static void monotonic(void) { pthread_cond_clockwait(&condition, &mutex, CLOCK_MONOTONIC, &NEVER); }
static void c11_wait(void) { cnd_wait(&c11, &c11_mutex); }
static void c11_timedwait(void) { cnd_timedwait(&c11, &c11_mutex, &NEVER); }

static void (*const CALLS[])(void) = {wait_, timedwait, realtime, monotonic, c11_wait, c11_timedwait};
enum { CALL_COUNT = sizeof CALLS / sizeof *CALLS, C11 = 4 };

static void *wait_main(void *place) {
    bool in_c11 = *(int *)place >= C11;
    waiter = (pid_t)raw_call(SYS_gettid);
    SETUP(in_c11 ? mtx_lock(&c11_mutex) == thrd_success : pthread_mutex_lock(&mutex) == 0);
    while (!come)
        CALLS[*(int *)place]();
    SETUP(in_c11 ? mtx_unlock(&c11_mutex) == thrd_success : pthread_mutex_unlock(&mutex) == 0);
    return NULL;
}

/* One more waiter, asleep. */
static pthread_t begin_wait(int *place) {
    static const long sleep_of[] = {SYS_futex};
    pthread_t thread;
    come = false;
    waiter = 0;
    SETUP(pthread_create(&thread, NULL, wait_main, place) == 0);
    while (waiter == 0)
        sched_yield();
    await_sleep(waiter, sleep_of, 1);
    return thread;
}

static void end_wait(int place, pthread_t thread) {
    if (place >= C11) {
        CHECK(11, mtx_lock(&c11_mutex) == thrd_success);
        come = true;
        CHECK(12, cnd_signal(&c11) == thrd_success && mtx_unlock(&c11_mutex) == thrd_success);
    } else {
        CHECK(13, pthread_mutex_lock(&mutex) == 0);
        come = true;
        CHECK(14, pthread_cond_signal(&condition) == 0 && pthread_mutex_unlock(&mutex) == 0);
    }
    CHECK(15, pthread_join(thread, NULL) == 0);
}

static void destroy(int place) {
    if (place >= C11)
        cnd_destroy(&c11);
    else
        CHECK(16, pthread_cond_destroy(&condition) == 0);
}

static void make(int place) {
    if (place >= C11)
        SETUP(cnd_init(&c11) == thrd_success);
    else
        SETUP(pthread_cond_init(&condition, NULL) == 0);
}

static int child(void *place) {
    destroy(*(int *)place);
    for (int round = 0; round < 3; round++) {
        make(*(int *)place);
        for (int wait = 0; wait < 3; wait++)
            end_wait(*(int *)place, begin_wait(place));
        destroy(*(int *)place);
    }
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    SETUP(mtx_init(&c11_mutex, mtx_plain) == thrd_success);
    for (int place = 0; place < CALL_COUNT; place++) {
        make(place);
        pthread_t thread = begin_wait(&place);
        struct kid kid = start(way, child, &place);
        TALLY(!hung(&kid));
        end_wait(place, thread);
        destroy(place);
    }
    return tally_code();
}
