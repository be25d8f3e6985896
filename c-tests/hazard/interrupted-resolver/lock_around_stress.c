/* Eight threads take a lock, look up localhost, and let go of the lock, in a loop, while the process forks children
 * that do the same. Bare most of them hang (12), some in the lock and some in libc's.
 *
 * ways: mutex rwlock sem
 * bare: exit 12
 * guarded vanished-threads=off: exit 0; interrupted-resolver repaired, interrupted-resolver reported x0+
 * guarded vanished-threads=off resolver_wait_ms=0: exit 0; interrupted-resolver repaired, interrupted-resolver reported x0+
 */
#include "resolver.h"
#include "stress.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static sem_t sem;
static const char *way;

static void once(void) {
    if (strcmp(way, "mutex") == 0)
        CHECK(1, pthread_mutex_lock(&mutex) == 0);
    else if (strcmp(way, "rwlock") == 0)
        CHECK(2, pthread_rwlock_wrlock(&rwlock) == 0);
    else
        CHECK(3, sem_wait(&sem) == 0);
    CHECK(4, answers_right());
    if (strcmp(way, "mutex") == 0)
        CHECK(5, pthread_mutex_unlock(&mutex) == 0);
    else if (strcmp(way, "rwlock") == 0)
        CHECK(6, pthread_rwlock_unlock(&rwlock) == 0);
    else
        CHECK(7, sem_post(&sem) == 0);
}

int main(int argc, char **argv) {
    SETUP(argc == 2 && sem_init(&sem, 0, 1) == 0);
    way = argv[1];
    learn_answer();
    struct stress stress = run_stress(150, once, once);
    CHECK(11, stress.wrong == 0);
    CHECK(12, stress.hung * 2 <= stress.forked);
    CHECK(13, stress.hung == 0);
    return 0;
}
