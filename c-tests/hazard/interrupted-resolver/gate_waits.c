/* A fork waits until a thread that is inside getaddrinfo has come out: the child sees nobody inside, and finds the locks
 * as they should be, with nothing to heal.
 *
 * ways: fork forkpty grandchild thread daemon
 * bare: exit 12
 * guarded vanished-threads=off resolver_heal=0 resolver_wait_ms=10000: exit 0; interrupted-resolver repaired x1
 * may skip: needs a seccomp listener
 */
#include "hang.h"
#include "gate.h"

static int child(void *none) {
    (void)none;
    CHECK(12, !is_inside);
    return child_resolves(NULL);
}

/* Forks in the calling thread. */
static void *fork_here(void *way) {
    let_go_at_fork();
    struct kid kid = start(way, child, NULL);
    has_forked();
    ended(&kid);
    return NULL;
}

/* daemon() makes a child and ends the process that called it. */
static int call_daemon(void *none) {
    park_in_getaddrinfo(&in_getaddrinfo);
    let_go_at_fork();
    SETUP(daemon(1, 1) == 0);
    alarm(ALARM_SECONDS);
    return child(none);
}

int main(int argc, char **argv) {
    pthread_t thread;
    SETUP(argc == 2);
    if (strcmp(argv[1], "daemon") == 0) {
        int status;
        SETUP(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
        struct kid kid = start(PLAIN_FORK, call_daemon, NULL);
        ended(&kid);
        SETUP(wait(&status) != -1); /* the daemon is ours now */
        return code_of(status);
    }
    park_in_getaddrinfo(&in_getaddrinfo);
    if (strcmp(argv[1], "thread") != 0) {
        fork_here((void *)(uintptr_t)which_way(argc, argv));
    } else {
        SETUP(pthread_create(&thread, NULL, fork_here, (void *)(uintptr_t)PLAIN_FORK) == 0);
        SETUP(pthread_join(thread, NULL) == 0);
    }
    return 0;
}
