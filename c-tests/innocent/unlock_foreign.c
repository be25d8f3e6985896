/* A child unlocks the mutexes of a thread that it lacks, without asking for them first: glibc lets it where the type does
 * not look, and refuses where it does. That is what it did bare; nobody waits, and nothing is said.
 *
 * ways: all
 * bare: exit 0
 * guarded vanished-threads=off: exit 0; nothing
 * guarded vanished-threads=off orphaned-lock=repair: exit 0; nothing
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
        bool looks = type == RECURSIVE || type == ERRORCHECK;
        CHECK(11, pthread_mutex_unlock(&mutexes[type]) == (looks ? EPERM : 0));
        CHECK(12, looks || (pthread_mutex_lock(&mutexes[type]) == 0 && pthread_mutex_unlock(&mutexes[type]) == 0));
    }
    return 0;
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
