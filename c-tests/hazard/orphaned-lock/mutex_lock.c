/* A thread of the parent holds a mutex of each type; the child, which lacks that thread, locks it. Bare it waits for
 * ever. Repaired, the mutex is free, of its type still, and the child's own from then on; the parent's is as it was.
 *
 * ways: all
 * bare: exit 24
 * guarded vanished-threads=off: exit 24; orphaned-lock reported call=pthread_mutex_lock holder_name=keeper x4
 * guarded vanished-threads=off orphaned-lock=repair: exit 0; orphaned-lock repaired call=pthread_mutex_lock holder_name=keeper x4
 */
#include "locks.h"

static pthread_mutex_t mutexes[TYPES];

static void take(void) {
    for (int type = 0; type < TYPES; type++)
        SETUP(pthread_mutex_lock(&mutexes[type]) == 0);
}

static int child(void *arg) {
    int type = *(int *)arg;
    CHECK(11, pthread_mutex_lock(&mutexes[type]) == 0);
    SOUND_MUTEX(31, &mutexes[type], type);
    CHECK(12, pthread_mutex_destroy(&mutexes[type]) == 0);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    struct keeper keeper;
    for (int type = 0; type < TYPES; type++)
        make_mutex(&mutexes[type], type);
    keep(&keeper, take);
    for (int type = 0; type < TYPES; type++) {
        struct kid kid = start(way, child, &type);
        TALLY(!hung(&kid));
        CHECK(13, pthread_mutex_trylock(&mutexes[type]) == EBUSY);
    }
    let_end(&keeper);
    return tally_code();
}
