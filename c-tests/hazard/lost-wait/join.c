/* The child waits for the end of a thread that its parent has and it has not. libc's fork has marked that as ended, and
 * the call returns at once with no answer of the thread's; the bare forks have not, and it hangs.
 *
 * ways: _Fork asm SYS_clone clone
 * bare: exit 142
 * guarded vanished-threads=off: exit 142; lost-wait reported call=pthread_join x1, lost-wait reported call=thrd_join x1
 */
#include "hung.h"
#include "locks.h"
#include <threads.h>

static pthread_t thread;
static thrd_t c11;
static int begun[2], hold_on[2];

static void *end_at_once(void *none) { return none; }

static void *rest(void *none) {
    tell(begun[1]);
    await(hold_on[0]);
    return none;
}

static int c11_rest(void *none) {
    tell(begun[1]);
    await(hold_on[0]);
    return none != NULL;
}

static int joins(void *none) {
    (void)none;
    pthread_join(thread, NULL);
    return 11;
}

static int c11_joins(void *none) {
    (void)none;
    thrd_join(c11, NULL);
    return 12;
}

/* One that it has made itself. */
static int joins_own(void *none) {
    pthread_t own;
    SETUP(pthread_create(&own, NULL, end_at_once, none) == 0);
    CHECK(13, pthread_join(own, NULL) == 0);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    SETUP(pipe(hold_on) == 0 && pipe(begun) == 0);
    SETUP(pthread_create(&thread, NULL, rest, NULL) == 0 && thrd_create(&c11, c11_rest, NULL) == thrd_success);
    await(begun[0]);
    await(begun[0]);
    struct kid kid = start(way, joins, NULL);
    CHECK(14, code_or_lost(&kid) == 128 + SIGALRM);
    kid = start(way, c11_joins, NULL);
    CHECK(15, code_or_lost(&kid) == 128 + SIGALRM);
    kid = start(way, joins_own, NULL);
    ended(&kid);
    return 128 + SIGALRM;
}
