/* A signal handler that interrupts epoll_wait forks. The child returns from the handler, out of its parent's
 * wait on the parent's instance, and its next call must find a loop of its own; the parent's wait goes on as
 * if nothing had happened. The child may also use the loop within the handler.
 *
 * ways: after within
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired x1
 */
#include "asleep.h"
#include "fork_ways.h"
#include "poller.h"

static int poller, lines[2], within;
static struct line_pipe pipe_one;
static volatile pid_t child = -1;
static pthread_t waiter;

static void use_loop(void) {
    struct line_pipe own = new_pipe();
    CHECK(20, add(poller, own.out, EPOLLIN, 7) == 0);
    fill(own);
    CHECK(21, ready(poller) == BIT(7));
    tell(lines[1]);
    await(lines[1]);
}

static void fork_here(int number) {
    (void)number;
    child = fork();
    if (child == 0) {
        alarm(ALARM_SECONDS);
        if (within)
            use_loop();
    }
}

static void *disturb(void *none) {
    await_wait(raw_getpid());
    SETUP(pthread_kill(waiter, SIGUSR1) == 0);
    return none;
}

int main(int argc, char **argv) {
    struct sigaction action = {.sa_handler = fork_here};
    struct epoll_event event;
    pthread_t thread;
    int status;
    SETUP(argc == 2);
    within = strcmp(argv[1], "within") == 0;
    waiter = pthread_self();
    poller = new_poller();
    pipe_one = new_pipe();
    SETUP(add(poller, pipe_one.out, EPOLLIN, 1) == 0);
    SETUP(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, lines) == 0);
    SETUP(sigaction(SIGUSR1, &action, NULL) == 0);
    SETUP(pthread_create(&thread, NULL, disturb, NULL) == 0);
    CHECK(13, epoll_wait(poller, &event, 1, -1) == -1 && errno == EINTR);
    if (child == 0) {
        raw_close(lines[0]);
        if (!within)
            use_loop();
        CHECK(22, epoll_wait(poller, &event, 1, 0) >= 0);
        return 0;
    }
    raw_close(lines[1]);
    await(lines[0]);
    CHECK(12, ready(poller) == 0);
    tell(lines[0]);
    SETUP(pthread_join(thread, NULL) == 0);
    SETUP(waitpid(child, &status, 0) == child);
    CHECK(14, status == 0);
    fill(pipe_one);
    CHECK(15, ready(poller) == BIT(1));
    return 0;
}
