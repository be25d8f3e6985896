/* A thread of the parent holds a mutex of each type; the child, which lacks that thread, tries it. Bare it is busy for
 * ever. Repaired, the child gets it, and it is of its type still.
 *
 * ways: all
 * bare: exit 24
 * guarded vanished-threads=off: exit 24; orphaned-lock reported call=pthread_mutex_trylock holder_name=keeper x4
 * guarded vanished-threads=off orphaned-lock=repair: exit 0; orphaned-lock repaired call=pthread_mutex_trylock holder_name=keeper x4
 * guarded vanished-threads=off orphaned-lock=off: exit 24; nothing
 * guarded vanished-threads=off mode=observe orphaned-lock=repair: exit 24; orphaned-lock reported x4
 * guarded vanished-threads=off mode=observe orphaned-lock=die: exit 24; orphaned-lock reported x4
 */
#include "locks.h"

static pthread_mutex_t mutexes[TYPES];

static void take(void) {
    for (int type = 0; type < TYPES; type++)
        SETUP(pthread_mutex_lock(&mutexes[type]) == 0);
}

static int child(void *none) {
    (void)none;
    for (int type = 0; type < TYPES; type++) {
        if (TALLY(pthread_mutex_trylock(&mutexes[type]) == 0)) {
            SOUND_MUTEX(31, &mutexes[type], type);
            CHECK(12, pthread_mutex_destroy(&mutexes[type]) == 0);
        }
    }
    return tally_code();
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    struct keeper keeper;
    for (int type = 0; type < TYPES; type++)
        make_mutex(&mutexes[type], type);
    keep(&keeper, take);
    struct kid kid = start(way, child, NULL);
    ended_or_hung(&kid);
    return 0;
}
