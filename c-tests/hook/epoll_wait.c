/* epoll_wait, epoll_pwait and epoll_pwait2 answer what the kernel answers, with the mask the program gave, the
 * time-out it gave and the interruption it asked for.
 *
 * ways: fresh forked child grown
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded mode=observe: exit 0; nothing
 * bare differs: no
 */
#include "transcript.h"
#include <sys/time.h>

static volatile sig_atomic_t handled;
static void count(int number) { handled += number == SIGUSR1 ? 1 : 100; }

static void show(const struct epoll_event *events, long long many) {
    for (long long place = 0; place < many; place++)
        say("  events %x data %llx\n", events[place].events, (unsigned long long)events[place].data.u64);
}

static int run(void *none) {
    (void)none;
    struct epoll_event events[4];
    struct timespec none_left = {0, 0}, little = {0, 1000}, wrong = {0, 1000000000}, negative = {-1, 0};
    sigset_t all, empty, usr1, before;
    struct sigaction action = {.sa_handler = count}, restart = {.sa_handler = count, .sa_flags = SA_RESTART};
    int poller = new_poller();
    struct line_pipe one = new_pipe(), two = new_pipe();
    sigfillset(&all);
    sigdelset(&all, SIGALRM);
    sigemptyset(&empty);
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    memset(events, 0, sizeof events);
    T(epoll_wait(poller, events, 0, 0));
    T(epoll_wait(poller, events, -1, 0));
    T(epoll_wait(poller, events, INT32_MIN, 0));
    T(epoll_wait(poller, events, INT32_MAX, 0));
    T(epoll_wait(CLOSED, events, 4, 0));
    T(epoll_wait(-1, events, 4, 0));
    T(epoll_wait(one.out, events, 4, 0));
    T(epoll_wait(0, events, 4, 0));
    T(epoll_wait(1 << 30, events, 4, 0));
    T(epoll_wait(poller, NULL, 4, 0));
    T(epoll_wait(poller, NOWHERE, 4, 0));
    T(epoll_wait(poller, events, 4, 0));
    T(epoll_wait(poller, events, 4, 1));
    T(epoll_pwait(poller, events, 4, 0, NULL));
    T(epoll_pwait(poller, events, 4, 1, &all));
    T(epoll_pwait(poller, events, 0, 0, &all));
    T(epoll_pwait(poller, events, 4, 0, NOWHERE));
    T(epoll_pwait(CLOSED, events, 4, 0, &all));
    T(epoll_pwait2(poller, events, 4, &none_left, NULL));
    T(epoll_pwait2(poller, events, 4, &little, &all));
    T(epoll_pwait2(poller, events, 4, &wrong, NULL));
    T(epoll_pwait2(poller, events, 4, &negative, NULL));
    T(epoll_pwait2(poller, events, 4, NOWHERE, NULL));
    T(epoll_pwait2(poller, events, -1, &none_left, NULL));
    T(epoll_pwait2(CLOSED, events, 4, &none_left, NULL));
    /* Data comes back bit by bit, in the order of readiness. */
    SETUP(add(poller, one.out, EPOLLIN | EPOLLRDHUP, 0xfedcba9876543210) == 0);
    SETUP(add(poller, two.out, EPOLLIN | EPOLLONESHOT, UINT64_MAX) == 0);
    fill(one);
    fill(two);
    T(epoll_wait(poller, NOWHERE, 4, 0));
    T(epoll_wait(poller, events, 1, 0));
    T(epoll_wait(poller, events, 4, -1));
    show(events, 2);
    T(epoll_wait(poller, events, 4, -1));
    show(events, 1);
    T(epoll_pwait2(poller, events, 4, NULL, NULL));
    SETUP(mod(poller, two.out, EPOLLIN | EPOLLONESHOT | EPOLLET, 3) == 0);
    T(epoll_pwait(poller, events, 4, 1000, &all));
    show(events, 2);
    raw_close(one.in);
    T(epoll_wait(poller, events, 4, -1));
    show(events, 1);
    SETUP(del(poller, one.out) == 0);
    /* A handler ends the wait, whatever SA_RESTART says (signal(7)); the mask of the wait decides. */
    SETUP(sigaction(SIGUSR1, &action, NULL) == 0);
    SETUP(sigprocmask(SIG_BLOCK, &usr1, &before) == 0);
    SETUP(raise(SIGUSR1) == 0);
    T(epoll_wait(poller, events, 4, 0));
    T(handled);
    T(epoll_pwait(poller, events, 4, -1, &empty));
    T(handled);
    SETUP(sigaction(SIGUSR1, &restart, NULL) == 0);
    SETUP(raise(SIGUSR1) == 0);
    T(epoll_pwait2(poller, events, 4, NULL, &empty));
    T(handled);
    sigset_t now;
    T(sigprocmask(SIG_SETMASK, NULL, &now));
    T(sigismember(&now, SIGUSR1));
    T(sigismember(&now, SIGUSR2));
    T(sigpending(&now) == 0 && sigismember(&now, SIGUSR1));
    /* By a timer, in the middle of a wait without an end. */
    SETUP(sigprocmask(SIG_SETMASK, &before, NULL) == 0);
    struct itimerval soon = {.it_value = {0, 20000}, .it_interval = {0, 20000}};


    SETUP(signal(SIGALRM, count) != SIG_ERR && setitimer(ITIMER_REAL, &soon, NULL) == 0);
    T(epoll_wait(poller, events, 4, 10000));
    T(epoll_pwait(poller, events, 4, 10000, NULL));
    T(handled > 100);
    memset(&soon, 0, sizeof soon);
    SETUP(setitimer(ITIMER_REAL, &soon, NULL) == 0);
    arm();
    T(close(poller));
    T(epoll_wait(poller, events, 4, 0));
    return 0;
}

int main(int argc, char **argv) { return in_the_way(argc, argv, run); }
