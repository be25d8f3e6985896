/* A copy of a process that holds a signal back holds nothing back, and hears of its own children at once; the parent
 * goes on as before.
 *
 * ways: fork _Fork daemon forkpty thread handler grandchild
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded reentrant-sigchld=repair defer_ms=60000: exit 0; nothing
 * guarded reentrant-sigchld=repair defer_ms=60000 identity=atfork: exit 0; nothing
 * bare differs: no
 */
#include "held_back.h"

static int child(void *none) {
    (void)none;
    unsigned long long mask = kernel_mask();
    CHECK(11, (mask & 1ULL << (SIGCHLD - 1)) == 0);
    SETUP(sigaction(SIGCHLD, &(struct sigaction){.sa_handler = count_run, .sa_flags = SA_RESTART}, NULL) == 0);
    held_runs = 0;
    pid_t own = fork();
    if (own == 0)
        quit(3);
    int status;
    pid_t answer;
    do
        answer = waitpid(own, &status, 0);
    while (answer == -1 && errno == EINTR);
    CHECK(12, answer == own && code_of(status) == 3);
    while (held_runs == 0)
        raw_call(SYS_sched_yield);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    hold_back(count_run, SA_RESTART);
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    sigset_t now;
    SETUP(sigprocmask(SIG_BLOCK, NULL, &now) == 0);
    CHECK(13, !sigismember(&now, SIGCHLD));
    return 0;
}
