/* finding: what a finding with its stacks costs, sixteen calls deep, under the library with a log.
 *
 * Each round prints four figures in nanoseconds: making a poller; forking, from the place of the round before; the
 * first finding of the new process, which touches whatever it needs for the first time; and one of the eight after it.
 * The contestants differ in the option stack_depth alone. */
#include "bench.h"

enum { POLLERS = 9 };

static int pollers[POLLERS], results[2], begin[2];

struct times {
    int64_t entry, first, all;
};

static void use(int poller)
{
    struct epoll_event event;
    MUST(epoll_wait(poller, &event, 1, 0) == 1);
}

static void one_round(void)
{
    int64_t begun = now_ns();
    int poller = epoll_create1(EPOLL_CLOEXEC);
    int64_t made = now_ns();
    MUST(poller >= 0);
    close(poller);
    int64_t call = now_ns();
    pid_t child = fork();
    if (child == 0) {
        /* Or what it does would count as the fork's, where both have one processor. */
        MUST(read(begin[0], &(char){0}, 1) == 1);
        struct times times = {.entry = now_ns()};
        use(pollers[0]);
        times.first = now_ns();
        for (int i = 1; i < POLLERS; i++)
            use(pollers[i]);
        times.all = now_ns();
        MUST(write(results[1], &times, sizeof times) == sizeof times);
        _exit(0);
    }
    int64_t forked = now_ns();
    MUST(write(begin[1], "", 1) == 1);
    int status;
    MUST(child > 0 && waitpid(child, &status, 0) == child && status == 0);
    struct times times;
    MUST(read(results[0], &times, sizeof times) == sizeof times);
    dprintf(1, "%lld %lld %lld %lld\n", (long long)(made - begun), (long long)(forked - call),
            (long long)(times.first - times.entry), (long long)((times.all - times.first) / (POLLERS - 1)));
}

static __attribute__((noinline)) void deep(int left)
{
    if (left > 0) {
        deep(left - 1);
    } else {
        for (int i = 0; i < POLLERS; i++) {
            pollers[i] = epoll_create1(EPOLL_CLOEXEC);
            MUST(pollers[i] >= 0);
            register_eventfds(pollers[i], 1);
        }
        while (next_round())
            one_round();
    }
    __asm__ volatile(""); /* so that this is no tail call */
}

int main(void)
{
    alarm(300);
    MUST(pipe2(results, O_CLOEXEC) == 0 && pipe2(begin, O_CLOEXEC) == 0);
    deep(12);
    return 0;
}
