/* A program of one thread waits on a poller in which there is nothing that anybody else could make ready: nothing at
 * all, or pipes, socket pairs and eventfds of which it has both ends. By each call there is. It hangs without a word;
 * with us it hangs all the same, and the finding is there before.
 *
 * ways: none
 * bare: exit 142
 * guarded: exit 142; lost-wait reported call=epoll_wait x10, lost-wait reported call=epoll_pwait x2, lost-wait reported call=epoll_pwait2 x1
 * guarded lost-wait=repair: exit 142; lost-wait reported x13
 * guarded mode=observe: exit 142; lost-wait reported x13
 * guarded lost-wait=off: exit 142; nothing
 * guarded lost-wait=die exitcode=9: exit 9; lost-wait died x13
 * guarded stale-event=repair: exit 142; lost-wait reported x13
 */
#include "hung.h"
#include "poller.h"

static int poller;

static void watch(int fd, uint32_t events) {
    struct epoll_event event = {.events = events, .data.fd = fd};
    SETUP(epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) == 0);
}

static void wait_for_ever(void) {
    struct epoll_event event;
    epoll_wait(poller, &event, 1, -1);
}

static void nothing(void) { wait_for_ever(); }

static void a_pipe(void) {
    int ends[2];
    SETUP(pipe(ends) == 0);
    watch(ends[0], EPOLLIN);
    wait_for_ever();
}

/* What nobody reads stays full. */
static void full_pipe(void) {
    int ends[2];
    char bytes[4096] = "";
    SETUP(pipe2(ends, O_NONBLOCK) == 0);
    while (write(ends[1], bytes, sizeof bytes) > 0)
        continue;
    watch(ends[1], EPOLLOUT);
    wait_for_ever();
}

static void sockets(void) {
    int ends[2];
    SETUP(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    watch(ends[0], EPOLLIN);
    wait_for_ever();
}

static void event(void) {
    int fd = eventfd(0, 0);
    watch(fd, EPOLLIN);
    wait_for_ever();
}

static void all(void) {
    int one[2], other[2];
    SETUP(pipe(one) == 0 && socketpair(AF_UNIX, SOCK_DGRAM, 0, other) == 0);
    watch(one[0], EPOLLIN);
    watch(other[0], EPOLLIN);
    watch(other[1], EPOLLIN);
    watch(eventfd(0, EFD_SEMAPHORE), EPOLLIN);
    wait_for_ever();
}

/* It was ready, and that was taken. */
static void edge(void) {
    struct epoll_event event;
    int fd = eventfd(1, 0);
    watch(fd, EPOLLIN | EPOLLET);
    CHECK(11, epoll_wait(poller, &event, 1, -1) == 1);
    wait_for_ever();
}

/* What it watched is gone, and so is the timer. */
static void removed(void) {
    int listener = socket(AF_INET, SOCK_STREAM, 0), ends[2];
    SETUP(pipe(ends) == 0);
    watch(listener, EPOLLIN);
    watch(ends[0], EPOLLIN);
    SETUP(epoll_ctl(poller, EPOLL_CTL_DEL, listener, NULL) == 0);
    raw_close(listener);
    alarm(100);
    alarm(0);
    wait_for_ever();
}

static void other_number(void) {
    int ends[2];
    SETUP(pipe(ends) == 0);
    watch(ends[0], EPOLLIN);
    poller = dup(poller);
    wait_for_ever();
}

static void limits_before(void) {
    struct epoll_event event;
    watch(eventfd(0, 0), EPOLLIN);
    for (int round = 0; round < 20; round++)
        CHECK(12, epoll_wait(poller, &event, 1, round % 2) == 0);
    wait_for_ever();
}

static void by_pwait(void) {
    struct epoll_event event;
    sigset_t none;
    sigemptyset(&none);
    epoll_pwait(poller, &event, 1, -1, &none);
}

static void by_pwait2(void) {
    struct epoll_event event;
    epoll_pwait2(poller, &event, 1, NULL, NULL);
}

static void by_number(void) {
    struct epoll_event event;
    syscall(SYS_epoll_pwait, poller, &event, 1, -1, NULL, 8);
}

static const struct {
    const char *name;
    void (*run)(void);
} CASES[] = {
    {"nothing", nothing}, {"a_pipe", a_pipe}, {"full_pipe", full_pipe}, {"sockets", sockets}, {"event", event},
    {"all", all}, {"edge", edge}, {"removed", removed}, {"other_number", other_number}, {"limits_before", limits_before},
    {"by_pwait", by_pwait}, {"by_pwait2", by_pwait2}, {"by_number", by_number},
};
enum { COUNT = sizeof CASES / sizeof *CASES };

int main(int argc, char **argv) {
    const char *role = own_role(argc, argv);
    for (int place = 0; role != NULL && place < COUNT; place++) {
        if (strcmp(role, CASES[place].name) == 0) {
            be_quiet();
            poller = epoll_create1(0);
            CASES[place].run();
            return 13;
        }
    }
    int first = 0;
    for (int place = 0; place < COUNT; place++) {
        struct kid kid = start_anew(CASES[place].name);
        int code = code_or_lost(&kid);
        if (place > 0 && code != first)
            line_to(2, "%s ended with %d, the first with %d\n", CASES[place].name, code, first);
        CHECK(14, place == 0 || code == first);
        first = code;
    }
    return first;
}
