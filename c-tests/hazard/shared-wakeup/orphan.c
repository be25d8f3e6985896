/* A double fork, as for children that nobody is to wait for: the process between has ended, the parent is now init, and the pair
 * is still shared with the one that made it, who goes on and would be woken.
 *
 * ways: fork _Fork SYS_clone
 * bare: exit 12
 * guarded: exit 0; shared-wakeup repaired x1, inherited-poller repaired x1
 */
#include "wakeup.h"

static const struct way *way;
static int hand[2];

static int child(void *none) {
    (void)none;
    up = hand[1];
    pid_t pid = raw_getpid();
    SETUP(raw_write(hand[1], &pid, sizeof pid) == sizeof pid);
    await(up); /* the process between has been waited for */
    CHECK(20, woken(&wake) == 0);
    next_signal();
    await(up);
    CHECK(21, woken(&wake) == 1 && taken(&wake) == 1);
    tell(up);
    return 0;
}

static int middle(void *none) {
    pid_t pid = way->call();
    SETUP(pid != -1);
    if (pid != 0)
        return 0;
    alarm(ALARM_SECONDS);
    _exit(child(none));
}

int main(int argc, char **argv) {
    way = which_way(argc, argv);
    wake = wakeup_of("pipe");
    handle(SIGUSR1, wake_up, 0);
    SETUP(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, hand) == 0);
    struct kid between = start(way, middle, NULL), kid = {.line = hand[0]};
    SETUP(raw_read(hand[0], &kid.pid, sizeof kid.pid) == sizeof kid.pid);
    ended(&between);
    raw_close(hand[1]);
    tell(kid.line);
    signal_to(&kid, SIGUSR1);
    CHECK(12, woken(&wake) == 0);
    tell(kid.line);
    await(kid.line);
    return 0;
}
