/* The thread of the child that waits in the loop, in the kernel, takes the signal: it wakes, and its parent does not. The
 * same where it waits in epoll_wait, and another thread takes the signal.
 *
 * ways: epoll.other epoll.same poll.same ppoll.same select.same pselect.same
 * bare: exit 12
 * guarded: exit 0; shared-wakeup repaired x1, inherited-poller repaired x0+
 */
#include "asleep.h"
#include "wakeup.h"

static const char *way;
static volatile pid_t waiter;
static int line[2];

static void wait_once(void) {
    struct pollfd entry = {.fd = wake.out, .events = POLLIN};
    struct epoll_event event;
    fd_set set;
    int count;
    do {
        FD_ZERO(&set);
        FD_SET(wake.out, &set);
        count = wake.loop == EPOLL    ? epoll_wait(wake.poller, &event, 1, -1)
                : wake.loop == POLL   ? poll(&entry, 1, -1)
                : wake.loop == PPOLL  ? ppoll(&entry, 1, NULL, NULL)
                : wake.loop == SELECT ? select(wake.out + 1, &set, NULL, NULL, NULL)
                                      : pselect(wake.out + 1, &set, NULL, NULL, NULL, NULL);
    } while (count == -1 && errno == EINTR);
    CHECK(20, count == 1);
}

static void block(int how) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    SETUP(pthread_sigmask(how, &set, NULL) == 0);
}

static void *wait_main(void *none) {
    if (has_word(way, "same"))
        block(SIG_UNBLOCK);
    waiter = (pid_t)raw_call(SYS_gettid);
    tell(line[0]);
    wait_once();
    tell(line[0]);
    return none;
}

static int child(void *none) {
    pthread_t thread;
    SETUP(socketpair(AF_UNIX, SOCK_STREAM, 0, line) == 0);
    block(SIG_BLOCK);
    SETUP(pthread_create(&thread, NULL, wait_main, none) == 0);
    if (has_word(way, "other"))
        block(SIG_UNBLOCK);
    await(line[1]);
    await_wait(waiter);
    tell(up);
    await(up);
    while (handled == 0)
        sched_yield();
    tell(up);
    await(up); /* the parent has looked */
    await(line[1]);
    CHECK(21, handled == 1 && put_badly == 0);
    CHECK(22, taken(&wake) == 1 && woken(&wake) == 0);
    SETUP(pthread_join(thread, NULL) == 0);
    return 0;
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    way = argv[1];
    wake = wakeup_of(way);
    handle(SIGUSR1, wake_up, SA_RESTART);
    struct kid kid = start(PLAIN_FORK, child, NULL);
    signal_to(&kid, SIGUSR1);
    CHECK(12, woken(&wake) == 0);
    tell(kid.line);
    ended(&kid);
    return 0;
}
