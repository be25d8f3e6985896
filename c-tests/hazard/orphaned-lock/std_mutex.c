/* C++'s own mutexes, held by a thread that vanishes: lock() for ever, and try_lock() and try_lock_for() never get them.
 * Poisoned, lock() throws.
 *
 * ways: all
 * bare: exit 26
 * guarded vanished-threads=off: exit 26; orphaned-lock reported x6
 * guarded vanished-threads=off orphaned-lock=repair: exit 0; orphaned-lock repaired x6
 * guarded vanished-threads=off orphaned-lock=poison: exit 12; orphaned-lock poisoned x1
 */
#include "locks.h"

/* std_mutex.lib.cc: 0, or the code of the error thrown; whether it was got, and given back. */
extern void hold_all(void);
extern int lock_mutex(void), try_mutex_(void), try_recursive(void), try_timed(void), try_to_read(void), try_to_write(void);

static int wait_for_it(void *none) {
    (void)none;
    CHECK(12, lock_mutex() == 0);
    return 0;
}

static int child(void *none) {
    (void)none;
    TALLY(try_mutex_());
    TALLY(try_recursive());
    TALLY(try_timed());
    TALLY(try_to_read());
    TALLY(try_to_write());
    return tallied;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    struct keeper keeper;
    keep(&keeper, hold_all);
    struct kid kid = start(way, wait_for_it, NULL);
    bool waits = hung(&kid);
    kid = start(way, child, NULL);
    tallied = code_or_hang(&kid);
    CHECK(13, tallied <= 5);
    TALLY(!waits);
    return tally_code();
}
