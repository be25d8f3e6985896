/* OpenMP in children for whom it works: the parent's only regions had one thread, or it was another thread of the
 * parent's that had the team, or there was none.
 *
 * ways: none
 * bare: exit 0
 * guarded vanished-threads=off: exit 0; nothing
 */
#include "fork_ways.h"
#include <omp.h>

static volatile int sum;

static int region(void *none) {
    (void)none;
    sum = 0;
#pragma omp parallel num_threads(2)
    __atomic_fetch_add(&sum, 1, __ATOMIC_RELAXED);
    CHECK(11, sum == 2);
#pragma omp parallel num_threads(2)
    __atomic_fetch_add(&sum, 1, __ATOMIC_RELAXED);
    CHECK(12, sum == 4);
    return 0;
}

static void *has_team(void *none) {
    SETUP(region(NULL) == 0);
    return none;
}

static void *forks(void *none) {
    struct kid kid = start(PLAIN_FORK, region, NULL);
    ended(&kid);
    return none;
}

static void in_thread(void *(*run)(void *)) {
    pthread_t thread;
    SETUP(pthread_create(&thread, NULL, run, NULL) == 0 && pthread_join(thread, NULL) == 0);
}

int main(void) {
    forks(NULL);
#pragma omp parallel num_threads(1)
    sum = 1;
    forks(NULL);
    has_team(NULL);
    in_thread(forks); /* its own team is empty, this thread's is not */
    return 0;
}
