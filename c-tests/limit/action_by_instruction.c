/* A program that asks for an action by a system call by instruction, after it has forked, sees our function in its
 * handler's place. If it puts that back by instruction too, having set another handler in between, the other one runs.
 * Pinned.
 *
 * ways: none
 * bare: exit 0
 * guarded: exit 12; nothing
 */
#include "fork_ways.h"

static volatile sig_atomic_t ran_first, ran_second;
static void first(int number) { ran_first += number; }
static void second(int number) { ran_second += number; }

int main(void) {
    struct {
        void (*handler)(int);
        unsigned long flags;
        void *restorer;
        uint64_t mask;
    } action;
    SETUP(signal(SIGUSR1, first) != SIG_ERR);
    pid_t pid = fork();
    if (pid == 0)
        quit(0);
    SETUP(waitpid(pid, NULL, 0) == pid);
    SETUP(raw_call(SYS_rt_sigaction, SIGUSR1, NULL, &action, 8) == 0);
    SETUP(signal(SIGUSR1, second) == first);
    SETUP(raw_call(SYS_rt_sigaction, SIGUSR1, &action, NULL, 8) == 0);
    SETUP(raise(SIGUSR1) == 0);
    CHECK(12, ran_first == SIGUSR1);
    return 0;
}
