/* A child that libc does not know to be one forks again, by libc's fork. Its thread goes by its parent's number until
 * then, in the lock it inherited and in the one it has taken itself; in the grandchild both have to be adopted.
 *
 * ways: SYS_fork SYS_clone SYS_clone3 asm clone
 * bare: exit 22
 * guarded: exit 0; adopted-lock repaired x1
 * guarded orphaned-lock=repair: exit 0; adopted-lock repaired x1
 * stderr: not compared
 */
#include "locks.h"

static pthread_mutex_t inherited, childs;

static int grandchild(void *none) {
    (void)none;
    if (TALLY(pthread_mutex_unlock(&inherited) == 0))
        CHECK(11, elsewhere(try_mutex, &inherited) == 0);
    if (TALLY(pthread_mutex_trylock(&childs) == 0)) {
        CHECK(12, pthread_mutex_unlock(&childs) == 0);
        SOUND_MUTEX(31, &childs, RECURSIVE);
    }
    return tally_code();
}

static int child(void *none) {
    SETUP(pthread_mutex_lock(&childs) == 0);
    struct kid kid = start(PLAIN_FORK, grandchild, none);
    ended_or_hung(&kid);
    CHECK(13, pthread_mutex_lock(&inherited) == EDEADLK);
    SOUND_MUTEX(41, &inherited, ERRORCHECK);
    SOUND_MUTEX(51, &childs, RECURSIVE);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    make_mutex(&inherited, ERRORCHECK);
    make_mutex(&childs, RECURSIVE);
    SETUP(pthread_mutex_lock(&inherited) == 0);
    struct kid kid = start(way, child, NULL);
    ended_or_hung(&kid);
    return 0;
}
