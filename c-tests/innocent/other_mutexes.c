/* Mutexes with a protocol of their own, robust and priority-inheriting ones, held at the fork by the thread that forks
 * and by one that vanishes: what the child is told is what glibc says, and nobody mends it.
 *
 * ways: fork _Fork SYS_clone asm thread grandchild
 * bare: exit 0
 * guarded vanished-threads=off: exit 0; nothing
 * guarded vanished-threads=off orphaned-lock=repair: exit 0; nothing
 * guarded vanished-threads=off orphaned-lock=die adopted-lock=die: exit 0; nothing
 * bare differs: no
 */
#include "locks.h"

enum { ROBUST, INHERIT, BOTH, PROTOCOLS };
static pthread_mutex_t mine[PROTOCOLS][TYPES], theirs[PROTOCOLS][TYPES];

static void make(pthread_mutex_t *mutex, int protocol, int type) {
    pthread_mutexattr_t attributes;
    SETUP(pthread_mutexattr_init(&attributes) == 0 && pthread_mutexattr_settype(&attributes, MUTEX_TYPES[type]) == 0);
    if (protocol != INHERIT)
        SETUP(pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST) == 0);
    if (protocol != ROBUST)
        SETUP(pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT) == 0);
    SETUP(pthread_mutex_init(mutex, &attributes) == 0);
}

static void take(void) {
    for (int protocol = 0; protocol < PROTOCOLS; protocol++) {
        for (int type = 0; type < TYPES; type++)
            SETUP(pthread_mutex_lock(&theirs[protocol][type]) == 0);
    }
}

static int child(void *none) {
    (void)none;
    for (int protocol = 0; protocol < PROTOCOLS; protocol++) {
        for (int type = 0; type < TYPES; type++) {
            int held = pthread_mutex_trylock(&mine[protocol][type]);
            int unlocked = pthread_mutex_unlock(&mine[protocol][type]);
            int gone = pthread_mutex_trylock(&theirs[protocol][type]);
            /* A robust mutex says who holds it in the word that the kernel looks at; one with inheritance asks the
             * kernel, and that depends on what has become of the holder. */
            int waited = protocol == ROBUST ? pthread_mutex_timedlock(&theirs[protocol][type], &LONG_AGO) : 0;
            say("protocol %d, type %d: own try %d, own unlock %d, vanished try %d, timed %d\n", protocol, type, held, unlocked, gone, waited);
        }
    }
    return 0;
}

static int run(const struct way *way) {
    struct keeper keeper;
    for (int protocol = 0; protocol < PROTOCOLS; protocol++) {
        for (int type = 0; type < TYPES; type++) {
            make(&mine[protocol][type], protocol, type);
            make(&theirs[protocol][type], protocol, type);
            SETUP(pthread_mutex_lock(&mine[protocol][type]) == 0);
        }
    }
    keep(&keeper, take);
    struct kid kid = start(way, child, NULL);
    ended_or_hung(&kid);
    return 0;
}

int main(int argc, char **argv) { return in_the_forker(which_way(argc, argv), run); }
