/* A forked child makes a thread, which takes a mutex and keeps it. A vfork child of that child asks for the mutex: the
 * kernel knows no such thread in the vfork child's process, but it lives, in the process whose memory this is.
 *
 * ways: vfork clone clone_vm nested
 * bare: exit 0
 * guarded vanished-threads=off: exit 0; nothing
 * guarded vanished-threads=off orphaned-lock=repair: exit 0; nothing
 */
#include "locks.h"
#include "visitor.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;

static void take(void) { SETUP(pthread_mutex_lock(&mutex) == 0 && pthread_rwlock_rdlock(&lock) == 0); }

static int ask(void *none) {
    (void)none;
    CHECK(11, pthread_mutex_trylock(&mutex) == EBUSY);
    CHECK(12, pthread_rwlock_trywrlock(&lock) == EBUSY);
    return 0;
}

static int child(void *way) {
    struct keeper keeper;
    keep(&keeper, take);
    CHECK(13, visit(way, ask, NULL) == 0);
    CHECK(14, ask(NULL) == 0);
    return 0;
}

static void *idle(void *none) {
    for (;;)
        pause();
    return none;
}

int main(int argc, char **argv) {
    pthread_t thread;
    SETUP(pthread_create(&thread, NULL, idle, NULL) == 0);
    SETUP(argc == 2);
    struct kid kid = start(PLAIN_FORK, child, argv[1]);
    ended(&kid);
    return 0;
}
