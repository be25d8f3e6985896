/* Mutexes that do not look at who unlocks them, held over the fork: right bare, and right with us. Above all they are
 * never taken for orphans: they stay held until the child unlocks them, whoever asks, and however.
 *
 * ways: fork _Fork daemon forkpty thread handler grandchild
 * bare: exit 0
 * guarded vanished-threads=off: exit 0; adopted-lock repaired x1
 * guarded vanished-threads=off orphaned-lock=repair: exit 0; adopted-lock repaired x1
 * guarded vanished-threads=off orphaned-lock=poison: exit 0; adopted-lock repaired x1
 * guarded vanished-threads=off adopted-lock=off orphaned-lock=repair: exit 0; nothing
 * guarded vanished-threads=off mode=observe orphaned-lock=repair: exit 0; adopted-lock reported
 * stderr: not compared
 */
#include "locks.h"

static pthread_mutex_t normal, adaptive;

static int be_refused(void *none) {
    (void)none;
    CHECK(11, pthread_mutex_trylock(&normal) == EBUSY && pthread_mutex_trylock(&adaptive) == EBUSY);
    CHECK(12, pthread_mutex_timedlock(&normal, &LONG_AGO) == ETIMEDOUT && pthread_mutex_timedlock(&adaptive, &LONG_AGO) == ETIMEDOUT);
    return 0;
}

static int child(void *none) {
    CHECK(13, elsewhere(be_refused, none) == 0);
    CHECK(14, be_refused(none) == 0);
    CHECK(15, pthread_mutex_unlock(&normal) == 0 && pthread_mutex_unlock(&adaptive) == 0);
    CHECK(16, pthread_mutex_lock(&normal) == 0 && pthread_mutex_lock(&adaptive) == 0);
    SOUND_MUTEX(31, &normal, NORMAL);
    SOUND_MUTEX(41, &adaptive, ADAPTIVE);
    return 0;
}

static int run(const struct way *way) {
    make_mutex(&normal, NORMAL);
    make_mutex(&adaptive, ADAPTIVE);
    SETUP(pthread_mutex_lock(&normal) == 0 && pthread_mutex_lock(&adaptive) == 0);
    struct kid kid = start(way, child, NULL);
    ended_or_hung(&kid);
    return 0;
}

int main(int argc, char **argv) { return in_the_forker(which_way(argc, argv), run); }
