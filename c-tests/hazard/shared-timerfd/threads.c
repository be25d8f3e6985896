/* Sixteen threads of the child set the inherited timer at once: it is copied once, and no call goes astray.
 *
 * ways: all
 * bare: exit 12
 * guarded vanished-threads=off: exit 0; shared-timerfd repaired x1
 */
#include "stateful.h"

enum { COUNT = 16 };
static int timer;
static pthread_barrier_t barrier;

static void *set_it(void *none) {
    pthread_barrier_wait(&barrier);
    CHECK(20, set_timer(timer, 0, 900, 9) == 0);
    return none;
}

static int child(void *none) {
    (void)none;
    pthread_t threads[COUNT];
    SETUP(pthread_barrier_init(&barrier, NULL, COUNT) == 0);
    for (int place = 0; place < COUNT; place++)
        SETUP(pthread_create(&threads[place], NULL, set_it, NULL) == 0);
    for (int place = 0; place < COUNT; place++)
        SETUP(pthread_join(threads[place], NULL) == 0);
    CHECK(21, state_of(timer).interval == 9);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    timer = new_timer(CLOCK_MONOTONIC, 3600, 3);
    struct state before = state_of(timer);
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    CHECK(12, same_state(before, state_of(timer)));
    return 0;
}
