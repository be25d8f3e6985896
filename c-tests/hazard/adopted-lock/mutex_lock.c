/* The thread that forks holds a recursive mutex, twice, and an error-checking one. In the child it locks the first once
 * more, which counts on from two, and is told EDEADLK by the second. Bare, it waits for itself.
 *
 * ways: fork _Fork daemon forkpty thread handler grandchild
 * bare: exit 22
 * guarded vanished-threads=off: exit 0; adopted-lock repaired x2
 * guarded vanished-threads=off orphaned-lock=repair: exit 0; adopted-lock repaired x2
 * stderr: not compared
 */
#include "locks.h"

static pthread_mutex_t recursive, errorcheck;

static int lock_recursive(void *none) {
    (void)none;
    CHECK(11, pthread_mutex_lock(&recursive) == 0);
    for (int count = 0; count < 3; count++) {
        CHECK(12, elsewhere(try_mutex, &recursive) == EBUSY);
        CHECK(13, pthread_mutex_unlock(&recursive) == 0);
    }
    CHECK(14, pthread_mutex_unlock(&recursive) == EPERM);
    CHECK(15, elsewhere(try_mutex, &recursive) == 0);
    return 0;
}

static int lock_errorcheck(void *none) {
    (void)none;
    CHECK(16, pthread_mutex_lock(&errorcheck) == EDEADLK);
    SOUND_MUTEX(31, &errorcheck, ERRORCHECK);
    return 0;
}

static int run(const struct way *way) {
    make_mutex(&recursive, RECURSIVE);
    make_mutex(&errorcheck, ERRORCHECK);
    SETUP(pthread_mutex_lock(&recursive) == 0 && pthread_mutex_lock(&recursive) == 0 && pthread_mutex_lock(&errorcheck) == 0);
    struct kid kid = start(way, lock_recursive, NULL);
    TALLY(!hung(&kid));
    kid = start(way, lock_errorcheck, NULL);
    TALLY(!hung(&kid));
    return tally_code();
}

int main(int argc, char **argv) { return in_the_forker(which_way(argc, argv), run); }
