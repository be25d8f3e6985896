/* The thread that forks reads under an rwlock, and another waits to write. In the child, which lacks the writer, the
 * lock is handed to it as soon as the reader is done, or already refuses readers for its sake, and nobody gets it ever
 * again. With locks that prefer readers and locks that prefer writers, and with one writer or two.
 *
 * ways: all
 * bare: exit 24
 * guarded vanished-threads=off: exit 24; orphaned-lock reported
 * guarded vanished-threads=off orphaned-lock=repair: exit 0; orphaned-lock repaired
 */
#include "asleep.h"
#include "locks.h"

static const int PREFERENCES[] = {PTHREAD_RWLOCK_PREFER_READER_NP, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP};
static pthread_rwlock_t lock;
static volatile pid_t writers[2];

static void *write_it(void *place) {
    *(volatile pid_t *)place = (pid_t)raw_call(SYS_gettid);
    SETUP(pthread_rwlock_wrlock(&lock) == 0 && pthread_rwlock_unlock(&lock) == 0);
    return NULL;
}

static int child(void *none) {
    (void)none;
    CHECK(11, elsewhere(try_write, &lock) == EBUSY);
    CHECK(12, pthread_rwlock_unlock(&lock) == 0);
    if (pthread_rwlock_timedrdlock(&lock, &LONG_AGO) != 0)
        return 30;
    CHECK(13, elsewhere(try_write, &lock) == EBUSY && pthread_rwlock_unlock(&lock) == 0);
    CHECK(14, pthread_rwlock_wrlock(&lock) == 0 && elsewhere(try_read, &lock) == EBUSY && pthread_rwlock_unlock(&lock) == 0);
    CHECK(15, elsewhere(try_write, &lock) == 0 && elsewhere(try_read, &lock) == 0);
    return 0;
}

static int run(const struct way *way) {
    static const long sleep_of[] = {SYS_futex};
    for (int preference = 0; preference < 2; preference++) {
        for (int count = 1; count <= 2; count++) {
            pthread_rwlockattr_t attributes;
            pthread_t threads[2];
            SETUP(pthread_rwlockattr_init(&attributes) == 0);
            SETUP(pthread_rwlockattr_setkind_np(&attributes, PREFERENCES[preference]) == 0);
            SETUP(pthread_rwlock_init(&lock, &attributes) == 0 && pthread_rwlock_rdlock(&lock) == 0);
            for (int place = 0; place < count; place++) {
                writers[place] = 0;
                SETUP(pthread_create(&threads[place], NULL, write_it, (void *)&writers[place]) == 0);
                while (writers[place] == 0)
                    sched_yield();
                await_sleep(writers[place], sleep_of, 1);
            }
            struct kid kid = start(way, child, NULL);
            int code = code_or_hang(&kid);
            if (code != 0 && code != 30 && code != 128 + SIGALRM)
                quit(code);
            TALLY(code == 0);
            SETUP(pthread_rwlock_unlock(&lock) == 0);
            for (int place = 0; place < count; place++)
                SETUP(pthread_join(threads[place], NULL) == 0);
            SETUP(pthread_rwlock_destroy(&lock) == 0);
        }
    }
    return tally_code();
}

int main(int argc, char **argv) { return in_the_forker(which_way(argc, argv), run); }
