/* A thread is in the middle of aio_error when the process forks: libc's lock for transfers stays locked in the child, and there
 * aio_error waits for it for ever. The child's own service needs no lock of libc's.
 *
 * The thread is stopped there by a block on a page that cannot be read: it stays in the handler of its fault.
 *
 * ways: all
 * bare: exit 142
 * guarded vanished-threads=off: exit 0; late-completion repaired x1
 */
#include "hang.h"
#include "late.h"
#include <semaphore.h>

static sem_t has_lock;
static struct aiocb *unreadable;
static struct aiocb written;

static void stays(int number) {
    (void)number;
    sem_post(&has_lock);
    await_fault();
}

static void *asks(void *none) {
    (void)none;
    aio_error(unreadable);
    return NULL;
}

static int child(void *none) {
    (void)none;
    struct aiocb again = writing(written.aio_fildes, "", 0);
    CHECK(11, aio_error(&written) == 0 && aio_return(&written) == 0);
    CHECK(12, aio_write(&again) == 0 && outcome_of(&again) == 0 && aio_return(&again) == 0);
    CHECK(13, aio_cancel(again.aio_fildes, NULL) == AIO_ALLDONE);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    SETUP(sem_init(&has_lock, 0, 0) == 0 && signal(SIGSEGV, stays) != SIG_ERR);
    unreadable = own_page();
    SETUP(mprotect(unreadable, 4096, PROT_NONE) == 0);
    written = writing(new_wire().in, "", 0);
    SETUP(aio_write(&written) == 0 && outcome_of(&written) == 0);
    pthread_t thread;
    SETUP(pthread_create(&thread, NULL, asks, NULL) == 0);
    while (sem_wait(&has_lock) != 0)
        SETUP(errno == EINTR);
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    return 0;
}
