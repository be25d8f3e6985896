/* A fork from within a callback of dl_iterate_phdr, in a process with another thread. The lock is the forking thread's
 * own and stays so in the child, but libc wrote the parent's thread id into it and does not know it again: after the
 * child has left the callback the lock is still taken, and its next dl_iterate_phdr hangs.
 *
 * ways: fork
 * bare: exit 142
 * guarded vanished-threads=off: exit 0; interrupted-resolver repaired call=dl_iterate_phdr x1
 */
#include "hang.h"
#include "loaded.h"

static pid_t pid;

static int fork_here(struct dl_phdr_info *info, size_t size, void *none) {
    (void)info;
    (void)size;
    (void)none;
    pid = fork();
    return 1;
}

static void *wait_for_ever(void *none) {
    for (;;)
        raw_call(SYS_ppoll, NULL, 0, NULL, NULL, 0);
    return none;
}

int main(void) {
    pthread_t thread;
    all_objects = objects();
    SETUP(pthread_create(&thread, NULL, wait_for_ever, NULL) == 0);
    dl_iterate_phdr(fork_here, NULL);
    SETUP(pid != -1);
    if (pid == 0) {
        alarm(ALARM_SECONDS);
        CHECK(21, objects() == all_objects);
        CHECK(22, objects() == all_objects);
        quit(0);
    }
    struct kid kid = {pid, -1};
    ended(&kid);
    CHECK(23, objects() == all_objects);
    return 0;
}
