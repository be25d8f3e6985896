/* C11's mutexes, plain, timed and recursive, held by a vanished thread: mtx_trylock, mtx_timedlock and mtx_lock.
 *
 * ways: all
 * bare: exit 27
 * guarded vanished-threads=off: exit 27; orphaned-lock reported call=mtx_trylock x3, orphaned-lock reported call=mtx_timedlock x2, orphaned-lock reported call=mtx_lock x2
 * guarded vanished-threads=off orphaned-lock=repair: exit 0; orphaned-lock repaired call=mtx_trylock x3, orphaned-lock repaired call=mtx_timedlock x2, orphaned-lock repaired call=mtx_lock x2
 */
#include "locks.h"
#include <threads.h>

enum { LOCKS = 7 };
static const int FLAGS[LOCKS] = {mtx_plain, mtx_timed, mtx_recursive, mtx_timed, mtx_timed | mtx_recursive, mtx_plain, mtx_recursive};
static mtx_t locks[LOCKS];

static void take(void) {
    for (int place = 0; place < LOCKS; place++)
        SETUP(mtx_lock(&locks[place]) == thrd_success);
}

static int try_it(void *lock) {
    int result = mtx_trylock(lock);
    SETUP(result != thrd_success || mtx_unlock(lock) == thrd_success);
    return result;
}

static void sound(int place) {
    if (FLAGS[place] & mtx_recursive)
        CHECK(11, mtx_trylock(&locks[place]) == thrd_success && mtx_unlock(&locks[place]) == thrd_success);
    CHECK(12, elsewhere(try_it, &locks[place]) == thrd_busy);
    CHECK(13, mtx_unlock(&locks[place]) == thrd_success && elsewhere(try_it, &locks[place]) == thrd_success);
}

static int try_and_timed(void *none) {
    (void)none;
    for (int place = 0; place < 3; place++) {
        if (TALLY(mtx_trylock(&locks[place]) == thrd_success))
            sound(place);
    }
    for (int place = 3; place < 5; place++) {
        if (TALLY(mtx_timedlock(&locks[place], &LONG_AGO) == thrd_success))
            sound(place);
    }
    return tallied;
}

static int wait_for_it(void *place) {
    CHECK(14, mtx_lock(&locks[*(int *)place]) == thrd_success);
    sound(*(int *)place);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    struct keeper keeper;
    for (int place = 0; place < LOCKS; place++)
        SETUP(mtx_init(&locks[place], FLAGS[place]) == thrd_success);
    keep(&keeper, take);
    struct kid kid = start(way, try_and_timed, NULL);
    tallied = code_or_hang(&kid);
    CHECK(15, tallied <= 5);
    for (int place = 5; place < LOCKS; place++) {
        kid = start(way, wait_for_it, &place);
        TALLY(!hung(&kid));
    }
    return tally_code();
}
