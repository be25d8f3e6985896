/* A library that carries -z initfirst takes that place from us (the loader keeps one): in its constructor, before ours
 * has run, it calls every lock function, and a thread that it makes holds a mutex and its own thread a recursive one.
 * Every answer is right; and the children of main find what is adopted and what is orphaned.
 *
 * ways: none
 * bare: exit 14
 * guarded vanished-threads=off: exit 14; adopted-lock repaired x1, orphaned-lock reported x1
 * guarded vanished-threads=off orphaned-lock=repair: exit 0; adopted-lock repaired x1, orphaned-lock repaired x1
 * stderr: not compared
 */
#include "locks.h"

/* locks.lib.c */
extern pthread_mutex_t held_early, kept_early;
extern int answers_early;

int main(void) {
    CHECK(11, answers_early == 1);
    CHECK(12, elsewhere(try_mutex, &held_early) == EBUSY && pthread_mutex_trylock(&kept_early) == EBUSY);
    pid_t pid = fork();
    if (pid == 0) {
        int adopted = pthread_mutex_unlock(&held_early), orphaned = pthread_mutex_trylock(&kept_early);
        CHECK(14, orphaned == 0);
        CHECK(13, adopted == 0);
        quit(0);
    }
    int status;
    CHECK(15, waitpid(pid, &status, 0) == pid);
    return code_of(status);
}
