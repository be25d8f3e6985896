/* A vfork child works in its parent's memory and on its thread's behalf: what it locks and unlocks is the parent's. And
 * a child of clone(CLONE_VM) likewise.
 *
 * ways: vfork clone_vm
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded orphaned-lock=repair: exit 0; nothing
 */
#include "locks.h"

static pthread_mutex_t recursive, errorcheck;
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;

/* Leaves everything locked as it was. */
static int use_locks(void *none) {
    (void)none;
    CHECK(11, pthread_mutex_lock(&recursive) == 0 && pthread_mutex_unlock(&recursive) == 0);
    CHECK(12, pthread_mutex_lock(&errorcheck) == EDEADLK && pthread_mutex_unlock(&errorcheck) == 0 && pthread_mutex_lock(&errorcheck) == 0);
    CHECK(13, pthread_rwlock_unlock(&lock) == 0 && pthread_rwlock_wrlock(&lock) == 0);
    return 0;
}

int main(int argc, char **argv) {
    static char stack[1 << 16] __attribute__((aligned(64)));
    int status;
    SETUP(argc == 2);
    make_mutex(&recursive, RECURSIVE);
    make_mutex(&errorcheck, ERRORCHECK);
    SETUP(pthread_mutex_lock(&recursive) == 0 && pthread_mutex_lock(&errorcheck) == 0 && pthread_rwlock_wrlock(&lock) == 0);
    for (int count = 0; count < 3; count++) {
        pid_t pid;
        if (strcmp(argv[1], "vfork") == 0) {
            pid = vfork();
            if (pid == 0) {
                use_locks(NULL);
                _exit(0);
            }
        } else {
            pid = clone(use_locks, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
        }
        CHECK(14, pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
        CHECK(15, use_locks(NULL) == 0);
    }
    SOUND_MUTEX(21, &recursive, RECURSIVE);
    SOUND_MUTEX(31, &errorcheck, ERRORCHECK);
    CHECK(41, elsewhere(try_read, &lock) == EBUSY && pthread_rwlock_unlock(&lock) == 0 && elsewhere(try_write, &lock) == 0);
    return 0;
}
