/* child_loop COUNT ideal|inline|inherited: how soon after a fork the child has a loop of its own.
 *
 * ideal:     the child rebuilds the loop by hand, with the calls a program makes.
 * inline:    the same with inline system calls. Where entering the kernel empties the TLB (nested
 *            virtualisation), leaving out libc's pages was measured at a quarter of the whole.
 * inherited: the child knows nothing and calls epoll_wait: under the library.
 *
 * All are this one program up to that difference: same fds, same interest array, same fork, same
 * pages touched before the clock starts. Each round prints two figures: nanoseconds from the
 * child's first own instruction to its first event, and from the parent's call of fork to it. The
 * second one contains what a library may do inside fork, so nothing can be hidden there.
 *
 * A round counts only if the child's loop is right and its own: the child gets the one ready
 * event, then deletes that registration, and the parent must still get it. Bare, `inherited`
 * fails that check. */
#include "bench.h"

static int add_inline(int poller, int fd, struct epoll_event *event)
{
    return (int)kernel(SYS_epoll_ctl, poller, EPOLL_CTL_ADD, fd, (long)event);
}

static int add(int poller, int fd, struct epoll_event *event)
{
    return epoll_ctl(poller, EPOLL_CTL_ADD, fd, event);
}

struct times {
    int64_t entry, ready;
};

static inline __attribute__((always_inline)) void
rebuild(int poller, const struct interest *interests, int count, int (*add)(int, int, struct epoll_event *))
{
    int fresh = epoll_create1(EPOLL_CLOEXEC);
    MUST(fresh >= 0);
    for (int i = 0; i < count; i++) {
        struct epoll_event event = {.events = interests[i].events, .data.u64 = interests[i].data};
        MUST(add(fresh, interests[i].fd, &event) == 0);
    }
    MUST(dup3(fresh, poller, O_CLOEXEC) == poller);
    close(fresh);
}

static void expect_last(int poller, const struct interest *last, const char *who)
{
    struct epoll_event event[4];
    int ready = epoll_wait(poller, event, 4, 0);
    if (ready == 1 && event[0].data.u64 == last->data)
        return;
    dprintf(2, "child_loop: the %s's loop has %d events, not the one that is ready\n", who, ready);
    _exit(71);
}

int main(int argc, char **argv)
{
    MUST(argc == 3);
    int count = atoi(argv[1]);
    int by_hand = strcmp(argv[2], "ideal") == 0;
    int by_hand_inline = strcmp(argv[2], "inline") == 0;
    MUST(count > 0 && (by_hand || by_hand_inline || strcmp(argv[2], "inherited") == 0));

    alarm(300);
    raise_limit();
    int results[2];
    MUST(pipe2(results, O_CLOEXEC) == 0);
    int poller = epoll_create1(EPOLL_CLOEXEC);
    MUST(poller >= 0);
    struct interest *interests = register_eventfds(poller, count);
    struct interest *last = &interests[count - 1];
    expect_last(poller, last, "parent");

    while (next_round()) {
        int64_t call = now_ns();
        pid_t child = fork();
        if (child == 0) {
            struct times times;
            times.entry = now_ns();
            if (by_hand)
                rebuild(poller, interests, count, add);
            if (by_hand_inline)
                rebuild(poller, interests, count, add_inline);
            expect_last(poller, last, "child");
            times.ready = now_ns();
            MUST(epoll_ctl(poller, EPOLL_CTL_DEL, last->fd, NULL) == 0);
            MUST(write(results[1], &times, sizeof times) == sizeof times);
            _exit(0);
        }
        int status;
        MUST(child > 0 && waitpid(child, &status, 0) == child);
        if (status != 0)
            _exit(71);
        struct times times;
        MUST(read(results[0], &times, sizeof times) == sizeof times);
        expect_last(poller, last, "parent");
        dprintf(1, "%lld %lld\n", (long long)(times.ready - times.entry), (long long)(times.ready - call));
    }
    return 0;
}
