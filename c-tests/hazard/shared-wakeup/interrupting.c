/* The signals come as fast as a timer sends them, while the child uses its loop, opens and closes, adds and removes, and makes
 * children of its own: wherever they come, also in the middle of our own work, the child stays whole and its parent hears
 * nothing.
 *
 * ways: fork SYS_clone grandchild
 * bare: exit 12
 * guarded: exit 0; shared-wakeup repaired x1, inherited-poller repaired x1
 */
#include "wakeup.h"
#include <sys/time.h>

enum { ROUNDS_OF_WORK = 1500 };

static int grandchild(void *none) {
    (void)none;
    return 0;
}

static int child(void *none) {
    struct itimerval often = {{0, 50}, {0, 50}}, never = {{0, 0}, {0, 0}};
    handled = 0;
    SETUP(setitimer(ITIMER_REAL, &often, NULL) == 0);
    while (handled == 0)
        sched_yield();
    tell(up);
    await(up); /* the parent has looked */
    int heard = 0;
    for (int round = 0; round < ROUNDS_OF_WORK; round++) {
        struct line_pipe pipe = new_pipe();
        CHECK(20, add(wake.poller, pipe.out, EPOLLIN, 2) == 0);
        int copy = dup(pipe.out);
        CHECK(21, copy != -1 && close(copy) == 0);
        fill(pipe);
        int64_t set = ready(wake.poller);
        CHECK(22, set == -EINTR || (set & ~BIT(1)) == BIT(2));
        CHECK(23, round % 2 || del(wake.poller, pipe.out) == 0);
        CHECK(24, close(pipe.out) == 0 && close(pipe.in) == 0);
        if (set > 0 && set & BIT(1))
            heard += taken(&wake);
        if (round % 300 == 0) {
            struct kid kid = start(PLAIN_FORK, grandchild, none);
            ended(&kid);
        }
    }
    SETUP(setitimer(ITIMER_REAL, &never, NULL) == 0);
    alarm(ALARM_SECONDS);
    heard += taken(&wake);
    CHECK(25, put_badly == 0 && heard == handled);
    CHECK(26, ready(wake.poller) == 0);
    tell(up);
    await(up);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    wake = wakeup_of("pipe");
    handle(SIGALRM, wake_up, SA_RESTART);
    struct kid kid = start(way, child, NULL);
    await(kid.line);
    CHECK(12, woken(&wake) == 0);
    tell(kid.line);
    await(kid.line);
    CHECK(13, woken(&wake) == 0);
    tell(kid.line);
    ended(&kid);
    return 0;
}
