/* Threads of the child handle the same signal at the same moment: one finding.
 *
 * ways: fork SYS_clone
 * bare: exit 12
 * guarded: exit 12; handler-in-child reported x1
 */
#include "inherited_handler.h"
#include <stdatomic.h>

enum { THREADS = 4 };
static _Atomic int in_handler;

/* Nobody leaves before all are there. */
static void meet(int number) {
    count(number);
    atomic_fetch_add(&in_handler, 1);
    while (in_handler < THREADS)
        sched_yield();
}

static _Atomic int ready_;
static pid_t threads[THREADS];

static void *wait_main(void *place) {
    sigset_t set;
    threads[(intptr_t)place] = (pid_t)raw_call(SYS_gettid);
    sigemptyset(&set);
    SETUP(pthread_sigmask(SIG_SETMASK, &set, NULL) == 0);
    atomic_fetch_add(&ready_, 1);
    while (in_handler < THREADS)
        sched_yield();
    return NULL;
}

static int child(void *none) {
    pthread_t joined[THREADS];
    sigset_t set;
    sigfillset(&set);
    SETUP(pthread_sigmask(SIG_SETMASK, &set, NULL) == 0);
    for (intptr_t place = 0; place < THREADS; place++)
        SETUP(pthread_create(&joined[place], NULL, wait_main, (void *)place) == 0);
    while (ready_ < THREADS)
        sched_yield();
    SETUP(raw_call(SYS_sendto, up, threads, sizeof threads, 0, NULL, 0) == sizeof threads);
    for (int place = 0; place < THREADS; place++)
        SETUP(pthread_join(joined[place], NULL) == 0);
    (void)none;
    CHECK(12, in_handler == 0);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    handle(SIGUSR1, meet, 0);
    struct kid kid = start(way, child, NULL);
    SETUP(raw_call(SYS_recvfrom, kid.line, threads, sizeof threads, MSG_WAITALL, NULL, NULL) == sizeof threads);
    for (int place = 0; place < THREADS; place++)
        SETUP(syscall(SYS_tgkill, kid.pid, threads[place], SIGUSR1) == 0);
    ended(&kid);
    return 0;
}
