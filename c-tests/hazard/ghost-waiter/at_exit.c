/* A library destroys its condition variable in its destructor, as C++ does with static ones; the parent's thread waits
 * on it. The child comes out of main, and never out of exit.
 *
 * ways: all
 * bare: exit 142
 * guarded vanished-threads=off: exit 5; ghost-waiter repaired x1
 * guarded vanished-threads=off ghost-waiter=report: exit 142; ghost-waiter reported x1
 */
#include "asleep.h"
#include "locks.h"
#undef exit

/* at_exit.lib.cc */
extern void wait_for_work(void);

static volatile pid_t waiter;

static void *work(void *none) {
    waiter = (pid_t)raw_call(SYS_gettid);
    wait_for_work();
    return none;
}

static int child(void *none) {
    (void)none;
    exit(5);
}

int main(int argc, char **argv) {
    static const long sleep_of[] = {SYS_futex};
    const struct way *way = which_way(argc, argv);
    pthread_t thread;
    SETUP(pthread_create(&thread, NULL, work, NULL) == 0);
    while (waiter == 0)
        sched_yield();
    await_sleep(waiter, sleep_of, 1);
    struct kid kid = start(way, child, NULL);
    quit(code_or_hang(&kid)); /* this process has a waiter that is alive */
}
