/* The thread that forks reads under an rwlock, and so does one that vanishes. In the child nobody may write while the
 * survivor reads, whatever is done about the other; and when it has unlocked, somebody can.
 *
 * ways: all
 * bare: exit 15
 * guarded vanished-threads=off: exit 15; orphaned-lock reported
 * guarded vanished-threads=off orphaned-lock=repair: exit 0; orphaned-lock repaired x1
 */
#include "locks.h"

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;

static void read_it(void) { SETUP(pthread_rwlock_rdlock(&lock) == 0); }

static int child(void *none) {
    (void)none;
    CHECK(11, elsewhere(try_write, &lock) == EBUSY && elsewhere(try_read, &lock) == 0);
    CHECK(12, pthread_rwlock_timedwrlock(&lock, &LONG_AGO) == ETIMEDOUT);
    CHECK(13, pthread_rwlock_unlock(&lock) == 0);
    CHECK(14, elsewhere(try_write, &lock) == EBUSY && pthread_rwlock_unlock(&lock) == 0); /* it read twice over */
    CHECK(15, elsewhere(try_write, &lock) == 0);
    CHECK(16, pthread_rwlock_wrlock(&lock) == 0 && elsewhere(try_read, &lock) == EBUSY && pthread_rwlock_unlock(&lock) == 0);
    return 0;
}

static int run(const struct way *way) {
    struct keeper keeper;
    read_it();
    keep(&keeper, read_it);
    read_it();
    struct kid kid = start(way, child, NULL);
    ended_or_hung(&kid);
    CHECK(17, elsewhere(try_write, &lock) == EBUSY);
    let_end(&keeper);
    return 0;
}

int main(int argc, char **argv) { return in_the_forker(which_way(argc, argv), run); }
