/* poll, ppoll, select and pselect answer what the kernel answers, and write what it writes: results, errno,
 * revents, sets, and the time that select says is left.
 *
 * ways: fresh forked child grown
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded mode=observe: exit 0; nothing
 * bare differs: no
 */
#include "transcript.h"

static volatile sig_atomic_t handled;
static void count(int number) { handled += number == SIGUSR1; }

static int run(void *none) {
    (void)none;
    struct line_pipe one = new_pipe(), two = new_pipe();
    int poller = new_poller();
    SETUP(add(poller, one.out, EPOLLIN, 1) == 0);
    struct pollfd list[5] = {{one.out, POLLIN, 9}, {two.in, POLLOUT, 9}, {poller, POLLIN, 9}, {-1, POLLIN, 9}, {CLOSED, POLLIN, 9}};
    struct timespec none_left = {0, 0}, wrong = {0, -1};
    struct timeval zero = {0, 0}, bad = {0, -1}, negative = {-1, 0};
    sigset_t empty, usr1;
    sigemptyset(&empty);
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
#define REVENTS say("  %d %d %d %d %d\n", list[0].revents, list[1].revents, list[2].revents, list[3].revents, list[4].revents)
    T(poll(NULL, 0, 0));
    T(poll(NULL, 1, 0));
    T(poll(NOWHERE, 1, 0));
    T(poll(NOWHERE, 0, 0));
    T(poll(list, (nfds_t)-1, 0));
    T(poll(list, 5, 0));
    REVENTS;
    T(poll(list, 1, 0));
    T(poll(list, 1, 1));
    T(ppoll(list, 5, &none_left, NULL));
    T(ppoll(list, 4, &wrong, NULL));
    T(ppoll(NULL, 2, &none_left, &empty));
    T(ppoll(NULL, 0, &none_left, NOWHERE));
    fill(one);
    T(poll(list, 3, -1));
    REVENTS;
    raw_close(one.in);
    T(ppoll(list, 3, NULL, NULL));
    REVENTS;
    /* Sets. */
    fd_set read, write, except;
    FD_ZERO(&read);
    FD_ZERO(&write);
    FD_ZERO(&except);
    T(select(0, NULL, NULL, NULL, &zero));
    T(select(0, NOWHERE, NULL, NULL, &zero));
    T(select(-1, NULL, NULL, NULL, &zero));
    T(select(8, NOWHERE, NULL, NULL, &zero));
    T(select(8, NULL, NULL, NULL, &bad));
    T(select(8, NULL, NULL, NULL, &negative));
    T(pselect(8, NULL, NULL, NULL, &wrong, NULL));
    T(pselect(8, NULL, NULL, NULL, &none_left, NOWHERE));
    FD_SET(CLOSED, &read);
    T(select(CLOSED + 1, &read, NULL, NULL, &zero));
    T(select(CLOSED, &read, NULL, NULL, &zero));
    FD_ZERO(&read);
    FD_SET(one.out, &read);
    FD_SET(two.out, &read);
    FD_SET(poller, &read);
    FD_SET(two.in, &write);
    FD_SET(one.out, &except);
    struct timeval hour = {3600, 0};
    T(select(200, &read, &write, &except, &hour));
    T(FD_ISSET(one.out, &read) * 16 + FD_ISSET(two.out, &read) * 8 + FD_ISSET(poller, &read) * 4 + FD_ISSET(two.in, &write) * 2 +
      FD_ISSET(one.out, &except));
    T(hour.tv_sec >= 3590);
    T(pselect(200, &read, NULL, NULL, NULL, &empty));
    struct timeval tiny = {0, 1000};
    FD_ZERO(&read);
    FD_SET(two.out, &read);
    T(select(200, &read, NULL, NULL, &tiny));
    T(tiny.tv_sec == 0 && tiny.tv_usec == 0);
    T(FD_ISSET(two.out, &read));
    /* The mask of the wait decides whether a waiting signal ends it. */
    struct sigaction action = {.sa_handler = count, .sa_flags = SA_RESTART};
    SETUP(sigaction(SIGUSR1, &action, NULL) == 0 && sigprocmask(SIG_BLOCK, &usr1, NULL) == 0 && raise(SIGUSR1) == 0);
    list[0].fd = two.out;
    T(poll(list, 1, 0));
    T(handled);
    T(ppoll(list, 1, NULL, &empty));
    T(handled);
    SETUP(raise(SIGUSR1) == 0);
    FD_SET(two.out, &read);
    T(pselect(200, &read, NULL, NULL, NULL, &empty));
    T(handled);
    /* More numbers than FD_SETSIZE, as programs with long sets have them. */
    struct rlimit limit;
    SETUP(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    if (limit.rlim_max >= 2100) {
        limit.rlim_cur = 2100;
        SETUP(setrlimit(RLIMIT_NOFILE, &limit) == 0);
        static unsigned long long_set[64];
        int high = fcntl(two.in, F_DUPFD_CLOEXEC, 2050);
        long_set[high / 64] |= 1UL << high % 64;
        T(select(high + 1, NULL, (fd_set *)long_set, NULL, NULL));
        T(long_set[high / 64] == 1UL << high % 64);
        close(high);
    }
    return 0;
}

int main(int argc, char **argv) { return in_the_way(argc, argv, run); }
