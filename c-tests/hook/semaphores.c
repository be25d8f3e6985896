/* Semaphores, private, shared and named, by every call, with right and wrong arguments: each answers what it answers
 * bare, with the same errno; and a signal handler ends a wait that it ends bare.
 *
 * ways: fresh forked child grown
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded mode=observe: exit 0; nothing
 * guarded orphaned-lock=die: exit 0; nothing
 * bare differs: no
 */
#include "asleep.h"
#include "locks.h"
#include "transcript.h"
#include <limits.h>

static const struct timespec BAD[] = {{1, -1}, {1, 1000000000}, {-1, 0}};
static const struct timespec FAR = {(time_t)1 << 40, 0};
static sem_t semaphore;
static int value;

static void ask(sem_t *one) {
    T(sem_getvalue(one, &value));
    T(value);
    T(sem_trywait(one));
    T(sem_timedwait(one, &LONG_AGO));
    T(sem_clockwait(one, CLOCK_REALTIME, &LONG_AGO));
    T(sem_clockwait(one, CLOCK_MONOTONIC, &LONG_AGO));
    T(sem_clockwait(one, CLOCK_BOOTTIME, &FAR));
    T(sem_clockwait(one, 77, &FAR));
    for (int place = 0; place < 3; place++) {
        T(sem_timedwait(one, &BAD[place]));
        T(sem_clockwait(one, CLOCK_MONOTONIC, &BAD[place]));
    }
    T(sem_getvalue(one, &value));
    T(value);
}

static void be_handled(int number) { (void)number; }

/* A thread in a wait that a handler interrupts, with and without SA_RESTART (signal(7)). */
static volatile pid_t waiter;
static void *(*waits[3])(void *);
static void *wait_plain(void *none) {
    waiter = (pid_t)raw_call(SYS_gettid);
    T(sem_wait(&semaphore));
    return none;
}
static void *wait_timed(void *none) {
    waiter = (pid_t)raw_call(SYS_gettid);
    T(sem_timedwait(&semaphore, &FAR));
    return none;
}
static void *wait_clock(void *none) {
    waiter = (pid_t)raw_call(SYS_gettid);
    T(sem_clockwait(&semaphore, CLOCK_MONOTONIC, &FAR));
    return none;
}

static void interrupted(void *(*run)(void *), int flags) {
    static const long sleep_of[] = {SYS_futex};
    struct sigaction action = {.sa_handler = be_handled, .sa_flags = flags};
    pthread_t thread;
    SETUP(sigaction(SIGUSR1, &action, NULL) == 0);
    waiter = 0;
    SETUP(pthread_create(&thread, NULL, run, NULL) == 0);
    while (waiter == 0)
        sched_yield();
    await_sleep(waiter, sleep_of, 1);
    SETUP(pthread_kill(thread, SIGUSR1) == 0);
    if (flags & SA_RESTART) {
        await_sleep(waiter, sleep_of, 1);
        SETUP(sem_post(&semaphore) == 0);
    }
    SETUP(pthread_join(thread, NULL) == 0);
    while (sem_trywait(&semaphore) == 0)
        continue;
}

static int run(void *none) {
    (void)none;
    char name[64];
    sem_t *named, *again;
    for (int shared = 0; shared < 2; shared++) {
        for (unsigned initial = 0; initial < 4; initial++) {
            say("shared %d, value %u\n", shared, initial);
            T(sem_init(&semaphore, shared, initial));
            ask(&semaphore);
            T(sem_post(&semaphore));
            T(sem_wait(&semaphore));
            T(sem_post(&semaphore));
            T(sem_post(&semaphore));
            ask(&semaphore);
            T(sem_destroy(&semaphore));
        }
    }
    T(sem_init(&semaphore, 0, UINT_MAX));
    T(sem_init(&semaphore, 0, SEM_VALUE_MAX));
    T(sem_post(&semaphore));
    T(sem_wait(&semaphore));
    T(sem_post(&semaphore));
    T(sem_init(&semaphore, 0, 0));
    waits[0] = wait_plain, waits[1] = wait_timed, waits[2] = wait_clock;
    for (int place = 0; place < 3; place++)
        interrupted(waits[place], 0);
    interrupted(wait_plain, SA_RESTART);
    snprintf(name, sizeof name, "/forkproof-test-%d", (int)raw_getpid());
    named = sem_open(name, O_CREAT | O_EXCL, 0600, 1);
    T(named == SEM_FAILED);
    if (named == SEM_FAILED)
        return 0;
    again = sem_open(name, 0);
    T(again == named);
    T(sem_open(name, O_CREAT | O_EXCL, 0600, 1) == SEM_FAILED);
    T(sem_unlink(name));
    T(sem_open(name, 0) == SEM_FAILED);
    T(sem_open("no/such/name", O_CREAT, 0600, 1) == SEM_FAILED);
    T(sem_wait(named));
    ask(again);
    T(sem_post(again));
    T(sem_wait(named));
    T(sem_close(again));
    T(sem_close(named));
    return 0;
}

int main(int argc, char **argv) { return in_the_way(argc, argv, run); }
