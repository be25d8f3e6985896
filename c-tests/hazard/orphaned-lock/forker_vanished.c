/* The thread that forks holds two error-checking mutexes, and is the child's first thread. Another thread of the child
 * forks again: in the grandchild nobody is the holder any more, neither of the one that the child has touched nor of
 * the one that it has not. Both are orphans there, and nothing to adopt.
 *
 * ways: fork _Fork forkpty handler daemon grandchild
 * bare: exit 22
 * guarded vanished-threads=off: exit 22; adopted-lock repaired x1, orphaned-lock reported x2
 * guarded vanished-threads=off orphaned-lock=repair: exit 0; adopted-lock repaired x1, orphaned-lock repaired x2
 * stderr: not compared
 */
#include "locks.h"

static pthread_mutex_t untouched, touched;

static int grandchild(void *none) {
    (void)none;
    if (TALLY(pthread_mutex_trylock(&untouched) == 0))
        SOUND_MUTEX(31, &untouched, ERRORCHECK);
    if (TALLY(pthread_mutex_trylock(&touched) == 0))
        SOUND_MUTEX(41, &touched, ERRORCHECK);
    return tally_code();
}

static int fork_again(void *none) {
    struct kid kid = start(PLAIN_FORK, grandchild, none);
    return code_or_hang(&kid);
}

static int child(void *none) {
    CHECK(11, pthread_mutex_trylock(&touched) == EBUSY);
    return elsewhere(fork_again, none);
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    make_mutex(&untouched, ERRORCHECK);
    make_mutex(&touched, ERRORCHECK);
    SETUP(pthread_mutex_lock(&untouched) == 0 && pthread_mutex_lock(&touched) == 0);
    struct kid kid = start(way, child, NULL);
    ended_or_hung(&kid);
    return 0;
}
