/* A thread that a forked child made holds a mutex, lets go of it and ends, just while another of the child asks whether
 * there is such a thread: it must not be taken for one that the fork left behind. Stopped at that question
 * (tgkill(2)) when the library is there; bare nobody asks.
 *
 * ways: fork _Fork SYS_clone
 * bare: exit 0
 * guarded vanished-threads=off: exit 0; nothing
 * guarded vanished-threads=off orphaned-lock=die: exit 0; nothing
 * may skip: no seccomp listener
 */
#include "fork_ways.h"
#include "locks.h"
#include "parked.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct keeper keeper;
static int result;

static void take(void) {
    SETUP(pthread_mutex_lock(&mutex) == 0);
    tell(keeper.there);
    await(keeper.there);
    SETUP(pthread_mutex_unlock(&mutex) == 0);
}

static void ask(void) { result = pthread_mutex_trylock(&mutex); }

static int child(void *none) {
    (void)none;
    struct parked asking = {.number = SYS_tgkill, .run = ask};
    keep(&keeper, take);
    SETUP(sem_init(&asking.listening, 0, 0) == 0 && raw_call(SYS_pipe2, asking.over, O_CLOEXEC) == 0);
    SETUP(pthread_create(&asking.thread, NULL, parked_main, &asking) == 0 && sem_wait(&asking.listening) == 0);
    bool asks = sleeps(&asking, at_any);
    SETUP(asks == (getenv("LD_PRELOAD") != NULL));
    tell(keeper.here); /* lets go of the mutex */
    await(keeper.here);
    let_end(&keeper);
    if (asks)
        let_go(&asking);
    else
        SETUP(pthread_join(asking.thread, NULL) == 0);
    CHECK(11, result == (asks ? 0 : EBUSY));
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
    struct kid kid = start(which_way(argc, argv), child, NULL);
    ended(&kid);
    return 0;
}
