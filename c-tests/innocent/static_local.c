/* The constructor of a C++ static local forks. Parent and child are both inside it, both end it, and the threads that
 * wait for the object meanwhile get it in either.
 *
 * ways: fork _Fork SYS_fork SYS_clone SYS_clone3 asm
 * bare: exit 0
 * guarded vanished-threads=off: exit 0; nothing
 * guarded vanished-threads=off orphaned-lock=repair: exit 0; nothing
 */
#include "asleep.h"
#include "locks.h"

extern int the_thing(void); /* static_local.lib.cc */

static const struct way *way;
static volatile pid_t waiter;
static pthread_t thread;
static int constructed, child_code;

static void *want_it(void *none) {
    waiter = (pid_t)raw_call(SYS_gettid);
    CHECK(11, the_thing() != 0);
    return none;
}

static void be_waited_for(void) {
    static const long sleep_of[] = {SYS_futex};
    waiter = 0;
    SETUP(pthread_create(&thread, NULL, want_it, NULL) == 0);
    while (waiter == 0)
        sched_yield();
    await_sleep(waiter, sleep_of, 1);
}

/* Returns from the constructor in the child too: the program goes on from there. */
int construct(void) {
    constructed++;
    pid_t pid = way->call();
    SETUP(pid != -1);
    be_waited_for();
    if (pid != 0) {
        int status;
        SETUP(waitpid(pid, &status, 0) == pid);
        child_code = code_of(status);
        return 5;
    }
    alarm(ALARM_SECONDS);
    return 7;
}

int main(int argc, char **argv) {
    way = which_way(argc, argv);
    int value = the_thing();
    CHECK(12, pthread_join(thread, NULL) == 0 && constructed == 1 && the_thing() == value);
    CHECK(13, value == 7 || (value == 5 && child_code == 0));
    return 0;
}
