/* Condition variables by every call, with right and wrong arguments: mutexes that are not held, times and clocks that
 * are none, waits that are signalled, that time out, that a handler interrupts. Each answers what it answers bare.
 *
 * ways: fresh forked child grown
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded mode=observe: exit 0; nothing
 * guarded ghost-waiter=die adopted-lock=die: exit 0; nothing
 * bare differs: no
 */
#include "asleep.h"
#include "locks.h"
#include "transcript.h"
#include <threads.h>

static const struct timespec BAD[] = {{1, -1}, {1, 1000000000}, {-1, 0}};
static const struct timespec FAR = {(time_t)1 << 40, 0};
static const long SLEEP_OF[] = {SYS_futex};
static pthread_mutex_t mutex;
static pthread_cond_t condition;
static mtx_t c11_mutex;
static cnd_t c11;
static volatile pid_t waiter;
static bool come;

static int wait_plain(void) { return pthread_cond_wait(&condition, &mutex); }
static int wait_timed(void) { return pthread_cond_timedwait(&condition, &mutex, &FAR); }
static int wait_realtime(void) { return pthread_cond_clockwait(&condition, &mutex, CLOCK_REALTIME, &FAR); }
static int wait_monotonic(void) { return pthread_cond_clockwait(&condition, &mutex, CLOCK_MONOTONIC, &FAR); }
static int (*const WAITS_[])(void) = {wait_plain, wait_timed, wait_realtime, wait_monotonic};

static void *wait_main(void *place) {
    int result = 0;
    SETUP(pthread_mutex_lock(&mutex) == 0);
    waiter = (pid_t)raw_call(SYS_gettid);
    while (!come && result == 0)
        result = WAITS_[(intptr_t)place]();
    say("wait %d = %d\n", (int)(intptr_t)place, result);
    SETUP(pthread_mutex_unlock(&mutex) == 0);
    return NULL;
}

static void be_handled(int number) { (void)number; }

static void signalled(intptr_t place, bool broadcast, bool interrupt) {
    struct sigaction action = {.sa_handler = be_handled};
    pthread_t thread;
    come = false;
    waiter = 0;
    SETUP(sigaction(SIGUSR1, &action, NULL) == 0);
    SETUP(pthread_create(&thread, NULL, wait_main, (void *)place) == 0);
    while (waiter == 0)
        sched_yield();
    await_sleep(waiter, SLEEP_OF, 1);
    if (interrupt) {
        SETUP(pthread_kill(thread, SIGUSR1) == 0);
        await_sleep(waiter, SLEEP_OF, 1);
    }
    SETUP(pthread_mutex_lock(&mutex) == 0);
    come = true;
    if (broadcast)
        T(pthread_cond_broadcast(&condition));
    else
        T(pthread_cond_signal(&condition));
    SETUP(pthread_mutex_unlock(&mutex) == 0 && pthread_join(thread, NULL) == 0);
}

static int not_held(void *none) {
    (void)none;
    T(pthread_cond_wait(&condition, &mutex));
    T(pthread_cond_timedwait(&condition, &mutex, &FAR));
    T(pthread_cond_clockwait(&condition, &mutex, CLOCK_MONOTONIC, &FAR));
    return 0;
}

static void by_every_call(int type, int clock, int shared) {
    pthread_condattr_t attributes;
    say("type %d, clock %d, shared %d\n", type, clock, shared);
    make_mutex(&mutex, type);
    T(pthread_condattr_init(&attributes));
    T(pthread_condattr_setclock(&attributes, clock));
    T(pthread_condattr_setpshared(&attributes, shared));
    T(pthread_cond_init(&condition, &attributes));
    T(pthread_cond_signal(&condition));
    T(pthread_cond_broadcast(&condition));
    if (type == RECURSIVE || type == ERRORCHECK)
        not_held(NULL);
    T(pthread_mutex_lock(&mutex));
    if (type == RECURSIVE || type == ERRORCHECK)
        T(elsewhere(not_held, NULL));
    T(pthread_cond_timedwait(&condition, &mutex, &LONG_AGO));
    T(pthread_cond_clockwait(&condition, &mutex, CLOCK_REALTIME, &LONG_AGO));
    T(pthread_cond_clockwait(&condition, &mutex, CLOCK_MONOTONIC, &LONG_AGO));
    T(pthread_cond_clockwait(&condition, &mutex, CLOCK_BOOTTIME, &FAR));
    T(pthread_cond_clockwait(&condition, &mutex, 77, &FAR));
    for (int place = 0; place < 3; place++) {
        T(pthread_cond_timedwait(&condition, &mutex, &BAD[place]));
        T(pthread_cond_clockwait(&condition, &mutex, CLOCK_MONOTONIC, &BAD[place]));
    }
    T(elsewhere(try_mutex, &mutex));
    T(pthread_mutex_unlock(&mutex));
    for (intptr_t place = 0; place < 4; place++) {
        signalled(place, false, false);
        signalled(place, true, true);
    }
    T(pthread_cond_destroy(&condition));
}

static int c11_wait_main(void *timed) {
    SETUP(mtx_lock(&c11_mutex) == thrd_success);
    waiter = (pid_t)raw_call(SYS_gettid);
    int result = thrd_success;
    while (!come && result == thrd_success)
        result = timed != NULL ? cnd_timedwait(&c11, &c11_mutex, &FAR) : cnd_wait(&c11, &c11_mutex);
    say("C11 wait = %d\n", result);
    SETUP(mtx_unlock(&c11_mutex) == thrd_success);
    return 7;
}

static void c11_calls(int flags) {
    T(mtx_init(&c11_mutex, flags));
    T(cnd_init(&c11));
    T(cnd_signal(&c11));
    T(cnd_broadcast(&c11));
    T(mtx_lock(&c11_mutex));
    T(cnd_timedwait(&c11, &c11_mutex, &LONG_AGO));
    T(cnd_timedwait(&c11, &c11_mutex, &BAD[0]));
    T(mtx_unlock(&c11_mutex));
    for (int round = 0; round < 4; round++) {
        thrd_t thread;
        int result;
        come = false;
        waiter = 0;
        T(thrd_create(&thread, c11_wait_main, round % 2 ? &c11 : NULL));
        while (waiter == 0)
            sched_yield();
        await_sleep(waiter, SLEEP_OF, 1);
        T(mtx_lock(&c11_mutex));
        come = true;
        if (round < 2)
            T(cnd_signal(&c11));
        else
            T(cnd_broadcast(&c11));
        SETUP(mtx_unlock(&c11_mutex) == thrd_success); /* says nothing: the waiter may be saying something */
        T(thrd_join(thread, &result));
        T(result);
    }
    cnd_destroy(&c11);
    mtx_destroy(&c11_mutex);
}

static int run(void *none) {
    (void)none;
    pthread_condattr_t attributes;
    for (int type = 0; type < TYPES; type++) {
        by_every_call(type, CLOCK_REALTIME, PTHREAD_PROCESS_PRIVATE);
        by_every_call(type, CLOCK_MONOTONIC, PTHREAD_PROCESS_SHARED);
    }
    T(pthread_condattr_init(&attributes));
    T(pthread_condattr_setclock(&attributes, CLOCK_BOOTTIME));
    T(pthread_condattr_setpshared(&attributes, 77));
    c11_calls(mtx_plain);
    c11_calls(mtx_timed | mtx_recursive);
    return 0;
}

int main(int argc, char **argv) { return in_the_way(argc, argv, run); }
