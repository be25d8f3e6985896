/* A program with OpenMP forks after its first parallel region. libgomp keeps the team for the next region, and the
 * child has a list of threads that were not forked: its first region hangs, whatever kind it is. A child that asks
 * for one thread works, and so does one that was forked inside a region, where the inner one has one thread.
 *
 * ways: fork _Fork asm clone
 * bare: exit 142
 * guarded: exit 142; lost-wait reported call=GOMP_parallel x1, lost-wait reported call=GOMP_parallel_sections x1, lost-wait reported call=GOMP_parallel_loop_nonmonotonic_dynamic x1, vanished-threads reported
 * guarded lost-wait=off vanished-threads=off: exit 142; nothing
 */
#include "hung.h"
#include <omp.h>

static volatile int sum;

static void add(int value) { __atomic_fetch_add(&sum, value, __ATOMIC_RELAXED); }

static int region(void *none) {
    (void)none;
#pragma omp parallel num_threads(2)
    add(1);
    return 11;
}

static int sections(void *none) {
    (void)none;
#pragma omp parallel sections num_threads(2)
    {
#pragma omp section
        add(1);
#pragma omp section
        add(1);
    }
    return 12;
}

static int loop(void *none) {
    (void)none;
#pragma omp parallel for schedule(dynamic, 1) num_threads(2)
    for (int place = 0; place < 4; place++)
        add(1);
    return 13;
}

static int one_thread(void *none) {
    (void)none;
    sum = 0;
#pragma omp parallel num_threads(1)
    add(1);
    omp_set_num_threads(1);
#pragma omp parallel
    add(1);
    return sum == 2 ? 0 : 14;
}

static int inner(void *none) {
    (void)none;
    sum = 0;
#pragma omp parallel num_threads(2)
    add(1);
    return sum == 1 ? 0 : 15;
}

int main(int argc, char **argv) {
    kid_main *const HANG[] = {region, sections, loop};
    const struct way *way = which_way(argc, argv);
    SETUP(setenv("OMP_WAIT_POLICY", "passive", 1) == 0);
    if (getenv("AGAIN") == NULL) { /* libgomp reads its settings when it is loaded */
        SETUP(setenv("AGAIN", "1", 1) == 0);
        execv("/proc/self/exe", argv);
        quit(99);
    }
    omp_set_max_active_levels(1);
#pragma omp parallel num_threads(3)
    add(1);
    CHECK(16, sum == 3);
    int codes[3];
    for (int place = 0; place < 3; place++) {
        struct kid kid = start(way, HANG[place], NULL);
        codes[place] = code_or_lost(&kid);
    }
    struct kid kid = start(way, one_thread, NULL);
    ended(&kid);
    int within = 0;
#pragma omp parallel num_threads(2)
    if (omp_get_thread_num() == 0) {
        struct kid kid = start(way, inner, NULL);
        within = code_from(&kid);
    }
    CHECK(17, within == 0);
    CHECK(18, codes[0] == codes[1] && codes[1] == codes[2]);
    return codes[0];
}
