/* Four threads lock and unlock all the time, a mutex, an rwlock, a semaphore and a mutex that knows its owner, while
 * another makes processes that run other programs at once. Nobody is hurt, whatever was held at the moment.
 *
 * ways: fork vfork posix_spawn system popen
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded orphaned-lock=die vanished-threads=die: exit 0; nothing
 * guarded mode=strict: exit 0; nothing
 * bare differs: no
 */
#include "locks.h"
#include <spawn.h>
#include <stdatomic.h>

enum { PROCESSES = 20 };
static pthread_mutex_t plain, errorcheck;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static sem_t semaphore;
static pthread_barrier_t line_up;
static _Atomic bool enough;

static void *work(void *kind) {
    int round = 0;
    pthread_barrier_wait(&line_up);
    for (; !enough; round++) {
        switch ((intptr_t)kind) {
        case 0:
            CHECK(11, pthread_mutex_lock(&plain) == 0 && pthread_mutex_unlock(&plain) == 0);
            break;
        case 1:
            CHECK(12, pthread_mutex_lock(&errorcheck) == 0 && pthread_mutex_lock(&errorcheck) == EDEADLK);
            CHECK(13, pthread_mutex_unlock(&errorcheck) == 0);
            break;
        case 2:
            CHECK(14, (round % 2 ? pthread_rwlock_rdlock(&rwlock) : pthread_rwlock_wrlock(&rwlock)) == 0);
            CHECK(15, pthread_rwlock_unlock(&rwlock) == 0);
            break;
        default:
            CHECK(16, sem_wait(&semaphore) == 0 && sem_post(&semaphore) == 0);
        }
        if (round % 64 == 0)
            sched_yield();
    }
    return NULL;
}

static void run_true(const char *way) {
    char *arguments[] = {"true", NULL}, *environment[] = {NULL};
    int status;
    pid_t pid = -1;
    if (strcmp(way, "system") == 0) {
        CHECK(18, system("true") == 0);
        return;
    } else if (strcmp(way, "popen") == 0) {
        FILE *stream = popen("true", "r");
        CHECK(19, stream != NULL && pclose(stream) == 0);
        return;
    } else if (strcmp(way, "posix_spawn") == 0) {
        CHECK(20, posix_spawn(&pid, "/bin/true", NULL, NULL, arguments, environment) == 0);
    } else {
        pid = strcmp(way, "vfork") == 0 ? vfork() : fork();
        if (pid == 0) {
            execve("/bin/true", arguments, environment);
            _exit(1);
        }
    }
    CHECK(21, pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
}

int main(int argc, char **argv) {
    pthread_t threads[4];
    SETUP(argc == 2 && sem_init(&semaphore, 0, 1) == 0 && pthread_barrier_init(&line_up, NULL, 5) == 0);
    make_mutex(&plain, NORMAL);
    make_mutex(&errorcheck, ERRORCHECK);
    for (intptr_t kind = 0; kind < 4; kind++)
        SETUP(pthread_create(&threads[kind], NULL, work, (void *)kind) == 0);
    pthread_barrier_wait(&line_up);
    for (int count = 0; count < PROCESSES; count++)
        run_true(argv[1]);
    enough = true;
    for (int kind = 0; kind < 4; kind++)
        SETUP(pthread_join(threads[kind], NULL) == 0);
    return 0;
}
