/* A program with threads forks five children in one place, and five in another, by turns; each of them locks a mutex.
 * That is two places to look at, and two findings, whoever came to write them.
 *
 * ways: none
 * bare: exit 0
 * guarded: exit 0; vanished-threads reported x2
 */
#include "locks.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void be_there(void) {}

static __attribute__((noreturn)) void child(void) {
    alarm(ALARM_SECONDS);
    CHECK(11, pthread_mutex_lock(&mutex) == 0 && pthread_mutex_unlock(&mutex) == 0);
    quit(0);
}

static void wait_for(pid_t pid) {
    int status;
    SETUP(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
}

int main(void) {
    struct keeper keeper;
    keep(&keeper, be_there);
    for (int count = 0; count < 5; count++) {
        pid_t here = fork();
        if (here == 0)
            child();
        wait_for(here);
        pid_t there = fork();
        if (there == 0)
            child();
        wait_for(there);
    }
    return 0;
}
