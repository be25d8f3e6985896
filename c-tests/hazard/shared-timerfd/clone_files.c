/* A child that shares its parent's descriptor table: a timer put in place there would be the parent's too, so it is left
 * alone, and said.
 *
 * ways: none
 * bare: exit 0
 * guarded: exit 0; shared-timerfd reported x1
 */
#include "stateful.h"

static int timer;

static int child(void *none) {
    (void)none;
    alarm(ALARM_SECONDS);
    CHECK(20, set_timer(timer, 0, 900, 9) == 0);
    return 0;
}

int main(void) {
    static char stack[1 << 16] __attribute__((aligned(64)));
    timer = new_timer(CLOCK_MONOTONIC, 3600, 3);
    int status;
    pid_t pid = clone(child, stack + sizeof stack, CLONE_FILES | SIGCHLD, NULL);
    SETUP(pid > 0 && waitpid(pid, &status, 0) == pid && code_of(status) == 0);
    CHECK(12, state_of(timer).interval == 9);
    CHECK(13, set_timer(timer, 0, 0, 0) == 0 && state_of(timer).left == 0);
    return 0;
}
