/* A thread of the parent is inside the constructor of a C++ static local; the child, which lacks it, comes to the same
 * line and waits for the end of a construction that nobody does. Repaired, it constructs the object itself, once.
 *
 * ways: all
 * bare: exit 142
 * guarded vanished-threads=off: exit 142; orphaned-lock reported call=__cxa_guard_acquire holder_name=builder x1
 * guarded vanished-threads=off orphaned-lock=repair: exit 0; orphaned-lock repaired call=__cxa_guard_acquire holder_name=builder x1
 */
#include "locks.h"

extern int the_thing(void); /* static_local.lib.cc */

static int line[2], constructed;
static bool in_child;

/* Called by the constructor. */
int construct(void) {
    constructed++;
    if (in_child)
        return 7;
    tell(line[1]);
    await(line[1]);
    return 5;
}

static void *build(void *none) {
    SETUP(prctl(PR_SET_NAME, "builder") == 0);
    CHECK(11, the_thing() == 5);
    return none;
}

static int look(void *none) {
    (void)none;
    return the_thing();
}

static int child(void *none) {
    in_child = true;
    constructed = 0;
    CHECK(12, the_thing() == 7);
    CHECK(13, elsewhere(look, none) == 7 && constructed == 1);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    pthread_t thread;
    SETUP(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line) == 0);
    SETUP(pthread_create(&thread, NULL, build, NULL) == 0);
    await(line[0]);
    struct kid kid = start(way, child, NULL);
    ended_or_hung(&kid);
    tell(line[0]);
    SETUP(pthread_join(thread, NULL) == 0);
    CHECK(14, the_thing() == 5 && constructed == 1);
    return 0;
}
