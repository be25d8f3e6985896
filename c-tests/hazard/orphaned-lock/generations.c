/* A grandchild finds locks that nobody holds any more: one of a thread that vanished at the first fork, and one of a
 * thread of its own parent, which the second left behind.
 *
 * ways: all
 * bare: exit 24
 * guarded vanished-threads=off: exit 24; orphaned-lock reported x4
 * guarded vanished-threads=off orphaned-lock=repair: exit 0; orphaned-lock repaired x4
 */
#include "locks.h"

static const struct way *way;
static pthread_mutex_t first, second;
static pthread_rwlock_t first_read = PTHREAD_RWLOCK_INITIALIZER, second_read = PTHREAD_RWLOCK_INITIALIZER;

static void take_first(void) { SETUP(pthread_mutex_lock(&first) == 0 && pthread_rwlock_rdlock(&first_read) == 0); }
static void take_second(void) { SETUP(pthread_mutex_lock(&second) == 0 && pthread_rwlock_rdlock(&second_read) == 0); }

static int grandchild(void *none) {
    (void)none;
    if (TALLY(pthread_mutex_trylock(&first) == 0))
        SOUND_MUTEX(31, &first, ERRORCHECK);
    if (TALLY(pthread_mutex_trylock(&second) == 0))
        SOUND_MUTEX(41, &second, ERRORCHECK);
    TALLY(pthread_rwlock_trywrlock(&first_read) == 0 && pthread_rwlock_unlock(&first_read) == 0);
    TALLY(pthread_rwlock_trywrlock(&second_read) == 0 && pthread_rwlock_unlock(&second_read) == 0);
    return tally_code();
}

static int child(void *none) {
    (void)none;
    struct keeper keeper;
    keep(&keeper, take_second);
    struct kid kid = start(way, grandchild, NULL);
    ended_or_hung(&kid);
    /* Its thread is alive here. */
    CHECK(11, pthread_mutex_trylock(&second) == EBUSY && pthread_rwlock_trywrlock(&second_read) == EBUSY);
    return 0;
}

int main(int argc, char **argv) {
    way = which_way(argc, argv);
    struct keeper keeper;
    make_mutex(&first, ERRORCHECK);
    make_mutex(&second, ERRORCHECK);
    keep(&keeper, take_first);
    struct kid kid = start(way, child, NULL);
    ended_or_hung(&kid);
    return 0;
}
