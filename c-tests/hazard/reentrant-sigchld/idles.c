/* A signal that is held back waits, and comes where the program idles: each call that may wait for long is then as if it
 * had been interrupted, with the time that is left, and none with a limit of zero, and no read of what is there.
 * Bare, the signal comes at once, and these calls wait.
 *
 * ways: poll ppoll select pselect epoll_wait epoll_pwait epoll_pwait2 pause sigsuspend sleep usleep nanosleep clock_nanosleep clock_nanosleep_moment thrd_sleep sigtimedwait sigwaitinfo read readv accept accept4 recv recvfrom recvmsg recvmmsg wait waitpid wait3 wait4 waitid
 * bare: exit 12
 * guarded: exit 12; nothing
 * guarded reentrant-sigchld=repair defer_ms=60000: exit 0; nothing
 * guarded mode=observe: exit 12; nothing
 */
#include "held_back.h"
#include <sys/time.h>
#include <sys/uio.h>
#include <threads.h>
#undef sleep
#undef usleep
#undef nanosleep

static const char *way;
static int sockets[2], listener, poller;
static const struct timespec moment = {0, 1000000}, zero = {0, 0};

static bool is(const char *name) { return strcmp(way, name) == 0; }
static bool interrupted(long answer) { return answer == -1 && errno == EINTR; }

/* Some calls have no limit of their own; bare they are ended by the alarm's handler, which is not the one we wait for. */
static void too_long(int number) {
    (void)number;
    failed(12, "it waits", __FILE__, __LINE__);
}

static bool ends_early(void) {
    struct epoll_event event;
    struct timespec left = {-1, -1}, now;
    struct timeval short_time = {0, 1000};
    sigset_t none, user;
    char byte;
    struct iovec part = {&byte, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    struct mmsghdr messages = {.msg_hdr = message};
    siginfo_t info;
    sigemptyset(&none);
    sigemptyset(&user);
    sigaddset(&user, SIGUSR1);
    if (is("poll"))
        return interrupted(poll(NULL, 0, 1));
    if (is("ppoll"))
        return interrupted(ppoll(NULL, 0, &moment, NULL));
    if (is("select"))
        return interrupted(select(0, NULL, NULL, NULL, &short_time));
    if (is("pselect"))
        return interrupted(pselect(0, NULL, NULL, NULL, &moment, &none));
    if (is("epoll_wait"))
        return interrupted(epoll_wait(poller, &event, 1, 1));
    if (is("epoll_pwait"))
        return interrupted(epoll_pwait(poller, &event, 1, 1, &none));
    if (is("epoll_pwait2"))
        return interrupted(epoll_pwait2(poller, &event, 1, &moment, NULL));
    if (is("pause"))
        return interrupted(pause());
    if (is("sigsuspend"))
        return interrupted(sigsuspend(&none));
    if (is("sleep"))
        return sleep(1) == 1;
    if (is("usleep"))
        return interrupted(usleep(1000));
    if (is("nanosleep"))
        return interrupted(nanosleep(&moment, &left)) && left.tv_sec == 0 && left.tv_nsec == moment.tv_nsec;
    if (is("clock_nanosleep"))
        return clock_nanosleep(CLOCK_MONOTONIC, 0, &moment, &left) == EINTR && left.tv_nsec == moment.tv_nsec;
    if (is("clock_nanosleep_moment")) {
        SETUP(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
        return clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &now, &left) == EINTR && left.tv_nsec == -1;
    }
    if (is("thrd_sleep"))
        return thrd_sleep(&moment, &left) == -1 && left.tv_nsec == moment.tv_nsec;
    if (is("sigtimedwait"))
        return interrupted(sigtimedwait(&user, &info, &moment));
    if (is("sigwaitinfo"))
        return interrupted(sigwaitinfo(&user, &info));
    if (is("read"))
        return interrupted(read(sockets[0], &byte, 1));
    if (is("readv"))
        return interrupted(readv(sockets[0], &part, 1));
    if (is("accept"))
        return interrupted(accept(listener, NULL, NULL));
    if (is("accept4"))
        return interrupted(accept4(listener, NULL, NULL, 0));
    if (is("recv"))
        return interrupted(recv(sockets[0], &byte, 1, 0));
    if (is("recvfrom"))
        return interrupted(recvfrom(sockets[0], &byte, 1, 0, NULL, NULL));
    if (is("recvmsg"))
        return interrupted(recvmsg(sockets[0], &message, 0));
    if (is("recvmmsg"))
        return interrupted(recvmmsg(sockets[0], &messages, 1, 0, NULL));
    if (is("wait"))
        return interrupted(wait(NULL));
    if (is("waitpid"))
        return interrupted(waitpid(-1, NULL, 0));
    if (is("wait3"))
        return interrupted(wait3(NULL, 0, NULL));
    if (is("wait4"))
        return interrupted(wait4(-1, NULL, 0, NULL));
    SETUP(is("waitid"));
    return interrupted(waitid(P_ALL, 0, &info, WEXITED));
}

static int lives(void *none) {
    (void)none;
    await(up);
    return 0;
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    way = argv[1];
    poller = epoll_create1(0);
    listener = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un {
        sa_family_t family;
        char path[8];
    } name = {AF_UNIX, ""};
    SETUP(bind(listener, (struct sockaddr *)&name, sizeof name.family) == 0 && listen(listener, 1) == 0);
    SETUP(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) == 0);
    struct kid kid = start(PLAIN_FORK, lives, NULL);
    hold_back(count_run, 0);
    /* Nothing of this is idling, and the signal waits. */
    char bytes[2];
    struct epoll_event event;
    struct timeval none = {0, 0};
    held_runs = 0;
    SETUP(kill(getpid(), SIGCHLD) == 0);
    int at_once = held_runs;
    SETUP(raw_write(sockets[1], "ab", 2) == 2);
    SETUP(read(sockets[0], bytes, 1) == 1 && recv(sockets[0], bytes, 1, 0) == 1);
    SETUP(recv(sockets[0], bytes, 1, MSG_DONTWAIT) == -1 && errno == EAGAIN);
    SETUP(waitpid(-1, NULL, WNOHANG) == 0);
    CHECK(13, held_runs == at_once);
    signal(SIGALRM, too_long);
    struct itimerval second = {{0, 0}, {1, 0}};
    SETUP(setitimer(ITIMER_REAL, &second, NULL) == 0);
    if (at_once)
        CHECK(12, ends_early());
    CHECK(14, ends_early());
    CHECK(15, held_runs == 1);
    /* With a limit of zero it comes too, and the call goes on. */
    held_runs = 0;
    SETUP(kill(getpid(), SIGCHLD) == 0);
    CHECK(16, held_runs == 0);
    CHECK(17, poll(NULL, 0, 0) == 0 && held_runs == 1);
    SETUP(kill(getpid(), SIGCHLD) == 0);
    CHECK(18, epoll_wait(poller, &event, 1, 0) == 0 && held_runs == 2);
    SETUP(kill(getpid(), SIGCHLD) == 0);
    CHECK(19, select(0, NULL, NULL, NULL, &none) == 0 && held_runs == 3);
    SETUP(kill(getpid(), SIGCHLD) == 0);
    CHECK(20, nanosleep(&zero, NULL) == 0 && held_runs == 4);
    SETUP(kill(getpid(), SIGCHLD) == 0);
    CHECK(21, sleep(0) == 0 && held_runs == 5);
    /* A time that is none is still refused. */
    SETUP(kill(getpid(), SIGCHLD) == 0);
    CHECK(22, nanosleep(&(struct timespec){0, -1}, NULL) == -1 && errno == EINVAL);
    tell(kid.line);
    return 0;
}
