/* C++'s own recursive and shared mutexes, held by the thread that forks, and given back in the child: their unlock
 * cannot even say that it was refused.
 *
 * ways: fork _Fork daemon forkpty thread handler grandchild
 * bare: exit 23
 * guarded vanished-threads=off: exit 0; adopted-lock repaired x1
 * stderr: not compared
 */
#include "locks.h"

/* std_mutex.lib.cc */
extern void hold_all(void), give_recursive(void), give_timed(void), give_shared(void);
extern int try_recursive(void *), try_timed(void *), try_shared(void *);

static int child(void *none) {
    give_recursive();
    TALLY(elsewhere(try_recursive, none) == true);
    give_timed();
    TALLY(elsewhere(try_timed, none) == true);
    give_shared();
    TALLY(elsewhere(try_shared, none) == true);
    return tally_code();
}

static int run(const struct way *way) {
    hold_all();
    struct kid kid = start(way, child, NULL);
    CHECK(11, elsewhere(try_recursive, NULL) == false && elsewhere(try_timed, NULL) == false && elsewhere(try_shared, NULL) == false);
    ended_or_hung(&kid);
    return 0;
}

int main(int argc, char **argv) { return in_the_forker(which_way(argc, argv), run); }
