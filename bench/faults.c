/* faults ideal|inherited: how many pages a fork makes each side touch anew (getrusage(2), ru_minflt):
 * in the parent from fork to the end of the round, in the child until fork returns, and in the child
 * until its loop of 10 is usable. What is counted varies little; the median of many rounds is printed. */
#include "bench.h"

enum { ROUNDS = 21 };

static long faults(void)
{
    struct rusage usage;
    MUST(getrusage(RUSAGE_SELF, &usage) == 0);
    return usage.ru_minflt;
}

static int by_value(const void *one, const void *other)
{
    return (*(const long *)one > *(const long *)other) - (*(const long *)one < *(const long *)other);
}

static long median(long *values)
{
    qsort(values, ROUNDS, sizeof *values, by_value);
    return values[ROUNDS / 2];
}

int main(int argc, char **argv)
{
    MUST(argc == 2);
    int by_hand = strcmp(argv[1], "ideal") == 0;
    int results[2];
    static long parent[ROUNDS], child[ROUNDS], loop[ROUNDS];

    alarm(300);
    MUST(pipe2(results, O_CLOEXEC) == 0);
    int poller = epoll_create1(EPOLL_CLOEXEC);
    MUST(poller >= 0);
    struct interest *interests = register_eventfds(poller, 10);

    for (int round = 0; round < ROUNDS; round++) {
        long before = faults();
        pid_t pid = fork();
        if (pid == 0) {
            long found[2];
            struct epoll_event event;
            found[0] = faults();
            if (by_hand) {
                int fresh = epoll_create1(EPOLL_CLOEXEC);
                for (int i = 0; i < 10; i++) {
                    event = (struct epoll_event){.events = interests[i].events, .data.u64 = interests[i].data};
                    MUST(epoll_ctl(fresh, EPOLL_CTL_ADD, interests[i].fd, &event) == 0);
                }
                MUST(dup3(fresh, poller, O_CLOEXEC) == poller);
                close(fresh);
            }
            MUST(epoll_wait(poller, &event, 1, 0) == 1);
            found[1] = faults() - found[0];
            MUST(write(results[1], found, sizeof found) == sizeof found);
            _exit(0);
        }
        int status;
        long found[2];
        MUST(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
        parent[round] = faults() - before;
        MUST(read(results[0], found, sizeof found) == sizeof found);
        child[round] = found[0];
        loop[round] = found[1];
    }
    dprintf(1, "%ld %ld %ld\n", median(parent), median(child), median(loop));
    return 0;
}
