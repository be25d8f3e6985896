/* `die`: the child that would wait for ever ends instead, with the exit code that is set; its parent goes on.
 *
 * ways: all
 * bare: exit 142
 * guarded vanished-threads=off orphaned-lock=die: exit 66; orphaned-lock died call=pthread_mutex_lock x1
 * guarded vanished-threads=off orphaned-lock=die exitcode=9: exit 9; orphaned-lock died call=pthread_mutex_lock x1
 */
#include "locks.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void take(void) { SETUP(pthread_mutex_lock(&mutex) == 0); }

static int child(void *none) {
    (void)none;
    pthread_mutex_lock(&mutex);
    return 11;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    struct keeper keeper;
    keep(&keeper, take);
    struct kid kid = start(way, child, NULL);
    ended_or_hung(&kid);
    return 0;
}
