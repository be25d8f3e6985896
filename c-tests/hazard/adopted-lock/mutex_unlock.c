/* The thread that forks holds a mutex of each type. In the child it is that thread still (POSIX, fork()), so it can
 * unlock them. glibc left the parent's thread number in them, and refuses for the types that look.
 *
 * ways: fork _Fork daemon forkpty thread handler grandchild
 * bare: exit 22
 * guarded vanished-threads=off: exit 0; adopted-lock repaired x1
 * guarded vanished-threads=off mode=strict: exit 0; adopted-lock repaired x1
 * guarded vanished-threads=off adopted-lock=off: exit 22; nothing
 * guarded vanished-threads=off adopted-lock=report: exit 22; adopted-lock reported
 * guarded vanished-threads=off mode=observe: exit 22; adopted-lock reported
 * stderr: not compared
 */
#include "locks.h"

static pthread_mutex_t mutexes[TYPES];

static int child(void *none) {
    (void)none;
    for (int type = 0; type < TYPES; type++) {
        if (TALLY(pthread_mutex_unlock(&mutexes[type]) == 0)) {
            CHECK(11, elsewhere(try_mutex, &mutexes[type]) == 0);
            CHECK(12, pthread_mutex_lock(&mutexes[type]) == 0);
            SOUND_MUTEX(13, &mutexes[type], type);
            CHECK(20, pthread_mutex_destroy(&mutexes[type]) == 0);
        }
    }
    return tally_code();
}

static int run(const struct way *way) {
    for (int type = 0; type < TYPES; type++) {
        make_mutex(&mutexes[type], type);
        SETUP(pthread_mutex_lock(&mutexes[type]) == 0);
    }
    struct kid kid = start(way, child, NULL);
    ended_or_hung(&kid);
    for (int type = 0; type < TYPES; type++)
        SOUND_MUTEX(31, &mutexes[type], type);
    return 0;
}

int main(int argc, char **argv) { return in_the_forker(which_way(argc, argv), run); }
