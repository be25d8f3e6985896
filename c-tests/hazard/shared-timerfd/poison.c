/* `poison`: the child's reads and settings answer EBADF, each time and through each number; it may wait for the timer,
 * ask what is left and close it, and the number is its own to use again. The parent's timer is untouched.
 *
 * ways: all
 * bare: exit 12
 * guarded shared-timerfd=poison: exit 0; shared-timerfd poisoned x1
 */
#include "stateful.h"

static int timer, twin;

static int child(void *none) {
    (void)none;
    uint64_t ticks;
    struct itimerspec left;
    ssize_t size = read(timer, &ticks, sizeof ticks);
    int why = errno;
    tell(up);
    await(up);
    CHECK(20, size == -1 && why == EBADF);
    CHECK(21, set_timer(timer, 0, 0, 0) == -1 && errno == EBADF);
    CHECK(22, read(twin, &ticks, sizeof ticks) == -1 && errno == EBADF);
    CHECK(23, read(timer, &ticks, sizeof ticks) == -1 && errno == EBADF);
    struct pollfd list = {timer, POLLIN, 0};
    CHECK(24, poll(&list, 1, 0) == 1 && list.revents == POLLIN);
    CHECK(25, timerfd_gettime(timer, &left) == 0);
    int third = dup(timer);
    CHECK(26, set_timer(third, 0, 0, 0) == -1 && errno == EBADF);
    CHECK(27, close(timer) == 0);
    CHECK(28, expired_timer() == timer && ticks_of(timer) == 1);
    CHECK(29, close(twin) == 0 && close(third) == 0);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    timer = expired_timer();
    twin = dup(timer);
    struct state before = state_of(timer);
    struct kid kid = start(way, child, NULL);
    await(kid.line);
    CHECK(12, same_state(before, state_of(timer)));
    tell(kid.line);
    ended(&kid);
    CHECK(13, ticks_of(timer) == 1);
    return 0;
}
