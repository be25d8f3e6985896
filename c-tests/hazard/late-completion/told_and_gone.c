/* Ends are announced by threads of the child's own service, whose functions take a lock that forkproof keeps records about. They
 * are gone when the child forks: the grandchild lacks no thread, and is told of none. Bare the child's first transfer never ends.
 *
 * ways: fork _Fork asm grandchild daemon
 * bare: exit 142
 * guarded: exit 0; late-completion repaired x1
 */
#include "hang.h"
#include "late.h"
#include <semaphore.h>
#include <sys/stat.h>

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static sem_t told;
static struct aiocb written;

static void tell_it(union sigval value) {
    (void)value;
    pthread_rwlock_rdlock(&lock);
    pthread_rwlock_unlock(&lock);
    sem_post(&told);
}

static void *nothing(void *none) { return none; }

static int grandchild(void *none) {
    (void)none;
    pthread_t thread;
    CHECK(21, pthread_create(&thread, NULL, nothing, NULL) == 0 && pthread_join(thread, NULL) == 0);
    return 0;
}

static int child(void *none) {
    struct aiocb again = writing(written.aio_fildes, "", 0);
    again.aio_sigevent = (struct sigevent){.sigev_notify = SIGEV_THREAD, .sigev_notify_function = tell_it};
    for (int times = 0; times < 8; times++) {
        CHECK(11, aio_write(&again) == 0);
        while (sem_wait(&told) != 0)
            SETUP(errno == EINTR);
        CHECK(12, outcome_of(&again) == 0);
    }
    struct stat tasks;
    do
        SETUP(stat("/proc/self/task", &tasks) == 0);
    while (tasks.st_nlink > 3); /* itself, its parent, one thread */
    struct kid kid = start(PLAIN_FORK, grandchild, none);
    ended(&kid);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    SETUP(sem_init(&told, 0, 0) == 0);
    written = writing(new_wire().in, "", 0);
    SETUP(aio_write(&written) == 0 && outcome_of(&written) == 0);
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    return 0;
}
