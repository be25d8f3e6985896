/* The thread that forks holds C11 mutexes that are recursive. In the child it gives one back, and has another once more
 * by each of the calls that lock; and it can wait on a condition with it.
 *
 * ways: fork _Fork daemon forkpty thread handler grandchild
 * bare: exit 26
 * guarded vanished-threads=off: exit 0; adopted-lock repaired x6
 * stderr: not compared
 */
#include "locks.h"
#include <threads.h>

static mtx_t mutex;
static cnd_t condition;
static bool come;

static int try_it(void *none) {
    (void)none;
    int result = mtx_trylock(&mutex);
    SETUP(result != thrd_success || mtx_unlock(&mutex) == thrd_success);
    return result;
}

/* Held `count` times by this thread, and by nobody afterwards. */
static void held(int count) {
    while (count-- > 0) {
        CHECK(11, elsewhere(try_it, NULL) == thrd_busy);
        CHECK(12, mtx_unlock(&mutex) == thrd_success);
    }
    CHECK(13, mtx_unlock(&mutex) == thrd_error);
    CHECK(14, elsewhere(try_it, NULL) == thrd_success);
}

static int unlock(void) { return mtx_unlock(&mutex); }
static int lock(void) { return mtx_lock(&mutex); }
static int trylock(void) { return mtx_trylock(&mutex); }
static int timedlock(void) { return mtx_timedlock(&mutex, &LONG_AGO); }

static int signal_it(void *none) {
    (void)none;
    CHECK(15, mtx_lock(&mutex) == thrd_success);
    come = true;
    CHECK(16, cnd_signal(&condition) == thrd_success);
    CHECK(17, mtx_unlock(&mutex) == thrd_success);
    return 0;
}
static int wait_with(bool timed) {
    static const struct timespec never = {.tv_sec = (time_t)1 << 40};
    thrd_t thread;
    int result = thrd_success;
    SETUP(thrd_create(&thread, signal_it, NULL) == thrd_success);
    while (!come && result == thrd_success)
        result = timed ? cnd_timedwait(&condition, &mutex, &never) : cnd_wait(&condition, &mutex);
    SETUP(result != thrd_success || thrd_join(thread, NULL) == thrd_success);
    return result;
}
static int wait_(void) { return wait_with(false); }
static int timedwait(void) { return wait_with(true); }

static const struct {
    int (*call)(void);
    int held;
} CALLS[] = {{unlock, 0}, {lock, 2}, {trylock, 2}, {timedlock, 2}, {wait_, 1}, {timedwait, 1}};

static int child(void *arg) {
    int place = *(int *)arg;
    if (CALLS[place].call() != thrd_success)
        return 30 + place;
    held(CALLS[place].held);
    return 0;
}

static int run(const struct way *way) {
    SETUP(mtx_init(&mutex, mtx_recursive | mtx_timed) == thrd_success && cnd_init(&condition) == thrd_success);
    SETUP(mtx_lock(&mutex) == thrd_success);
    for (int place = 0; place < (int)(sizeof CALLS / sizeof *CALLS); place++) {
        struct kid kid = start(way, child, &place);
        int code = code_or_hang(&kid);
        if (code != 0 && code != 30 + place && code != 128 + SIGALRM)
            quit(code);
        TALLY(code == 0);
    }
    held(1);
    return tally_code();
}

int main(int argc, char **argv) { return in_the_forker(which_way(argc, argv), run); }
