/* A thread of the child that waits in poll(2), in the kernel, while another thread runs the handler, waits for the file that was
 * there when it began: its parent's pair. It does not wake for the child's own, before it asks again. Pinned; a thread in
 * epoll_wait does wake.
 *
 * ways: poll ppoll select pselect
 * bare: exit 12
 * guarded: exit 22; shared-wakeup repaired x1
 */
#include "asleep.h"
#include "wakeup.h"

static volatile pid_t waiter;
static int line[2];

static void wait_once(void) {
    struct pollfd entry = {.fd = wake.out, .events = POLLIN};
    fd_set set;
    FD_ZERO(&set);
    FD_SET(wake.out, &set);
    if (wake.loop == POLL)
        poll(&entry, 1, -1);
    else if (wake.loop == PPOLL)
        ppoll(&entry, 1, NULL, NULL);
    else if (wake.loop == SELECT)
        select(wake.out + 1, &set, NULL, NULL, NULL);
    else
        pselect(wake.out + 1, &set, NULL, NULL, NULL, NULL);
}

static void block(int how) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    SETUP(pthread_sigmask(how, &set, NULL) == 0);
}

static void *wait_main(void *none) {
    waiter = (pid_t)raw_call(SYS_gettid);
    tell(line[0]);
    wait_once();
    return none;
}

static int child(void *none) {
    pthread_t thread;
    SETUP(socketpair(AF_UNIX, SOCK_STREAM, 0, line) == 0);
    block(SIG_BLOCK);
    SETUP(pthread_create(&thread, NULL, wait_main, none) == 0);
    block(SIG_UNBLOCK);
    await(line[1]);
    await_wait(waiter);
    next_signal();
    await(up);
    CHECK(21, handled == 1 && put_badly == 0);
    CHECK(22, !is_asleep(waiter, WAITS, sizeof WAITS / sizeof *WAITS));
    return 0;
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    wake = wakeup_of(argv[1]);
    handle(SIGUSR1, wake_up, SA_RESTART);
    struct kid kid = start(PLAIN_FORK, child, NULL);
    signal_to(&kid, SIGUSR1);
    CHECK(12, woken(&wake) == 0);
    tell(kid.line);
    ended(&kid);
    return 0;
}
