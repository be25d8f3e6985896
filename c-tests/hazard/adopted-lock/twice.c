/* A child uses the lock that its parent's forking thread held, forks in its turn while it holds it, and so does the
 * grandchild: the holder changes its number twice. What the child has locked itself is adopted there as well.
 *
 * ways: fork _Fork daemon forkpty thread handler grandchild
 * bare: exit 12
 * guarded vanished-threads=off: exit 0; adopted-lock repaired x2
 * stderr: not compared
 */
#include "locks.h"

static const struct way *way_;
static pthread_mutex_t oldest, childs;

static int grandchild(void *none) {
    (void)none;
    CHECK(13, pthread_mutex_unlock(&oldest) == 0);
    CHECK(14, pthread_mutex_unlock(&oldest) == 0);
    CHECK(15, elsewhere(try_mutex, &oldest) == 0);
    CHECK(16, pthread_mutex_lock(&childs) == EDEADLK);
    SOUND_MUTEX(31, &childs, ERRORCHECK);
    return 0;
}

static int child(void *none) {
    (void)none;
    CHECK(12, pthread_mutex_trylock(&oldest) == 0);
    SETUP(pthread_mutex_lock(&childs) == 0);
    struct kid kid = start(way_, grandchild, NULL);
    ended_or_hung(&kid);
    CHECK(17, pthread_mutex_unlock(&oldest) == 0);
    SOUND_MUTEX(41, &oldest, RECURSIVE);
    SOUND_MUTEX(51, &childs, ERRORCHECK);
    return 0;
}

static int run(const struct way *way) {
    way_ = way;
    make_mutex(&oldest, RECURSIVE);
    make_mutex(&childs, ERRORCHECK);
    SETUP(pthread_mutex_lock(&oldest) == 0);
    struct kid kid = start(way, child, NULL);
    ended_or_hung(&kid);
    return 0;
}

int main(int argc, char **argv) { return in_the_forker(which_way(argc, argv), run); }
