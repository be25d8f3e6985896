/* A child of the child ends, and the handler that knows the parent's children alone is told of it.
 *
 * ways: exit stop vfork
 * bare: exit 12
 * guarded: exit 12; handler-in-child reported x1
 */
#include "inherited_handler.h"

static const char *way;
static volatile sig_atomic_t who;

static void child_gone(int number, siginfo_t *info, void *context) {
    (void)context;
    who = info->si_pid;
    count(number);
}

static void await_handler(void) {
    sigset_t set;
    SETUP(sigprocmask(SIG_BLOCK, NULL, &set) == 0);
    sigdelset(&set, SIGCHLD);
    while (handled == 0)
        raw_call(SYS_rt_sigsuspend, &set, 8);
}

static int child(void *none) {
    (void)none;
    pid_t pid = strcmp(way, "vfork") == 0 ? vfork() : fork();
    if (pid == 0) {
        if (strcmp(way, "stop") == 0)
            raw_call(SYS_kill, raw_getpid(), SIGSTOP);
        _exit(0);
    }
    await_handler();
    CHECK(21, who == pid);
    if (strcmp(way, "stop") == 0)
        SETUP(kill(pid, SIGKILL) == 0);
    SETUP(waitpid(pid, NULL, 0) == pid);
    CHECK(12, handled == 0);
    return 0;
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    way = argv[1];
    sigset_t set;
    struct sigaction action = {.sa_sigaction = child_gone, .sa_flags = SA_SIGINFO};
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    SETUP(sigaction(SIGCHLD, &action, NULL) == 0 && sigprocmask(SIG_BLOCK, &set, NULL) == 0);
    struct kid kid = start(PLAIN_FORK, child, NULL);
    ended(&kid);
    return 0;
}
