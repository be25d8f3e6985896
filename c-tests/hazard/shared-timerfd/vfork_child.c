/* A vfork child closes the timer's number in its own table, and makes one that gets the same number. It works in its
 * parent's memory, where the number is the parent's timer still: a fork later, that is mended.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; shared-timerfd repaired x1
 */
#include "stateful.h"

static int timer;

static int child(void *none) {
    (void)none;
    CHECK(20, set_timer(timer, 0, 0, 0) == 0);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    timer = new_timer(CLOCK_MONOTONIC, 3600, 3);
    struct state before = state_of(timer);
    pid_t pid = vfork();
    if (pid == 0) {
        close(timer);
        if (timerfd_create(CLOCK_REALTIME, 0) != timer)
            _exit(21);
        _exit(set_timer(timer, 0, 5, 5) == 0 && close(timer) == 0 ? 0 : 22);
    }
    int status;
    SETUP(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    CHECK(12, same_state(before, state_of(timer)));
    return 0;
}
