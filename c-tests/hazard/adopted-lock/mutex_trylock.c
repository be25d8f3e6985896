/* The thread that forks holds a mutex of each type, and tries them in the child before anything else. The recursive
 * one it gets once more; the others are busy, and stay its own whatever is done about orphans.
 *
 * ways: fork _Fork daemon forkpty thread handler grandchild
 * bare: exit 22
 * guarded vanished-threads=off: exit 0; adopted-lock repaired x1
 * guarded vanished-threads=off orphaned-lock=repair: exit 0; adopted-lock repaired x1
 * guarded vanished-threads=off orphaned-lock=die: exit 0; adopted-lock repaired x1
 * guarded vanished-threads=off mode=observe orphaned-lock=repair: exit 22; adopted-lock reported
 * stderr: not compared
 */
#include "locks.h"

static pthread_mutex_t mutexes[TYPES];

static int child(void *none) {
    (void)none;
    if (TALLY(pthread_mutex_trylock(&mutexes[RECURSIVE]) == 0))
        CHECK(11, pthread_mutex_unlock(&mutexes[RECURSIVE]) == 0);
    CHECK(12, pthread_mutex_trylock(&mutexes[NORMAL]) == EBUSY);
    CHECK(13, pthread_mutex_trylock(&mutexes[ADAPTIVE]) == EBUSY);
    CHECK(14, pthread_mutex_trylock(&mutexes[ERRORCHECK]) == EBUSY);
    TALLY(pthread_mutex_unlock(&mutexes[ERRORCHECK]) == 0);
    if (tallied)
        return tally_code();
    CHECK(15, pthread_mutex_lock(&mutexes[ERRORCHECK]) == 0);
    for (int type = 0; type < TYPES; type++)
        SOUND_MUTEX(31, &mutexes[type], type);
    return 0;
}

static int run(const struct way *way) {
    for (int type = 0; type < TYPES; type++) {
        make_mutex(&mutexes[type], type);
        SETUP(pthread_mutex_lock(&mutexes[type]) == 0);
    }
    struct kid kid = start(way, child, NULL);
    ended_or_hung(&kid);
    return 0;
}

int main(int argc, char **argv) { return in_the_forker(which_way(argc, argv), run); }
