/* epoll_create, epoll_create1 and epoll_ctl answer what the kernel answers: results, errno, the numbers they hand
 * out, and errno untouched where they succeed.
 *
 * ways: fresh forked child grown
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded mode=observe: exit 0; nothing
 * guarded inherited-poller=off phantom-event=off: exit 0; nothing
 * bare differs: no
 */
#include "transcript.h"

static int run(void *none) {
    (void)none;
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = 5}, out = {.events = EPOLLOUT, .data.u64 = 6};
    T(epoll_create(0));
    T(epoll_create(-1));
    T(epoll_create(1));
    T(epoll_create(1 << 30));
    T(epoll_create1(0));
    T(epoll_create1(EPOLL_CLOEXEC));
    T(epoll_create1(1));
    T(epoll_create1(-1));
    T(epoll_create1(O_NONBLOCK));
    int poller = epoll_create1(EPOLL_CLOEXEC), other = epoll_create1(0);
    struct line_pipe pipe = new_pipe();
    int regular = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600), directory = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    T(fcntl(poller, F_GETFD));
    T(fcntl(other, F_GETFD));
    T(fcntl(poller, F_GETFL));
    /* Each operation with each thing that can be wrong. */
    const int operations[] = {EPOLL_CTL_ADD, EPOLL_CTL_MOD, EPOLL_CTL_DEL, 0, 4, -1, 1000};
    for (size_t place = 0; place < sizeof operations / sizeof *operations; place++) {
        int operation = operations[place];
        say("operation %d\n", operation);
        T(epoll_ctl(CLOSED, operation, pipe.out, &event));
        T(epoll_ctl(-1, operation, pipe.out, &event));
        T(epoll_ctl(poller, operation, CLOSED, &event));
        T(epoll_ctl(poller, operation, -1, &event));
        T(epoll_ctl(poller, operation, 1 << 30, &event));
        T(epoll_ctl(poller, operation, poller, &event));
        T(epoll_ctl(pipe.out, operation, poller, &event));
        T(epoll_ctl(pipe.out, operation, pipe.out, &event));
        T(epoll_ctl(poller, operation, regular, &event));
        T(epoll_ctl(poller, operation, directory, &event));
        T(epoll_ctl(poller, operation, pipe.in, NOWHERE));
        T(epoll_ctl(poller, operation, pipe.in, NULL));
        T(epoll_ctl(poller, operation, CLOSED, NULL));
    }
    T(epoll_ctl(poller, EPOLL_CTL_ADD, pipe.out, &event));
    T(epoll_ctl(poller, EPOLL_CTL_ADD, pipe.out, &event));
    T(epoll_ctl(poller, EPOLL_CTL_MOD, pipe.out, &event));
    T(epoll_ctl(poller, EPOLL_CTL_MOD, pipe.out, NULL));
    T(epoll_ctl(poller, EPOLL_CTL_DEL, pipe.out, NULL));
    T(epoll_ctl(poller, EPOLL_CTL_DEL, pipe.out, NULL));
    T(epoll_ctl(poller, EPOLL_CTL_MOD, pipe.out, &event));
    T(epoll_ctl(poller, EPOLL_CTL_ADD, pipe.out, &event));
    T(epoll_ctl(poller, EPOLL_CTL_DEL, pipe.out, NOWHERE));
    /* Rules of EPOLLEXCLUSIVE: epoll_ctl(2). */
    struct epoll_event exclusive = {.events = EPOLLIN | EPOLLEXCLUSIVE}, once = {.events = EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT};
    T(epoll_ctl(poller, EPOLL_CTL_ADD, pipe.out, &once));
    T(epoll_ctl(poller, EPOLL_CTL_ADD, pipe.out, &exclusive));
    T(epoll_ctl(poller, EPOLL_CTL_MOD, pipe.out, &event));
    T(epoll_ctl(poller, EPOLL_CTL_MOD, pipe.out, &exclusive));
    T(epoll_ctl(poller, EPOLL_CTL_DEL, pipe.out, NULL));
    T(epoll_ctl(poller, EPOLL_CTL_ADD, other, &exclusive));
    /* Loops in loops: a ring is refused, and so is too deep a nest. */
    T(epoll_ctl(poller, EPOLL_CTL_ADD, other, &event));
    T(epoll_ctl(other, EPOLL_CTL_ADD, poller, &event));
    T(epoll_ctl(poller, EPOLL_CTL_DEL, other, NULL));
    T(epoll_ctl(other, EPOLL_CTL_ADD, poller, &event));
    T(epoll_ctl(other, EPOLL_CTL_MOD, poller, &out));
    int inner = other;
    for (int depth = 0; depth < 7; depth++) {
        int outer = epoll_create1(0);
        T(epoll_ctl(outer, EPOLL_CTL_ADD, inner, &event));
        inner = outer;
    }
    /* One file, many numbers; a number closed and taken again. */
    int twin = dup(pipe.out);
    T(epoll_ctl(poller, EPOLL_CTL_ADD, pipe.out, &event));
    T(epoll_ctl(poller, EPOLL_CTL_ADD, twin, &event));
    T(close(pipe.out));
    T(epoll_ctl(poller, EPOLL_CTL_DEL, pipe.out, NULL));
    T(epoll_ctl(poller, EPOLL_CTL_MOD, twin, &out));
    T(dup2(twin, pipe.out));
    T(epoll_ctl(poller, EPOLL_CTL_DEL, pipe.out, NULL));
    T(epoll_ctl(poller, EPOLL_CTL_DEL, pipe.out, NULL));
    T(close(twin));
    T(close(pipe.out));
    T(epoll_ctl(poller, EPOLL_CTL_ADD, pipe.in, &out));
    T(close(poller));
    T(epoll_ctl(poller, EPOLL_CTL_DEL, pipe.in, NULL));
    T(epoll_create1(0));
    T(epoll_ctl(poller, EPOLL_CTL_DEL, pipe.in, NULL));
    /* No numbers left. */
    struct rlimit limit;
    SETUP(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = 3;
    SETUP(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    T(epoll_create(1));
    T(epoll_create1(0));
    return 0;
}

int main(int argc, char **argv) { return in_the_way(argc, argv, run); }
