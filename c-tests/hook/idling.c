/* Calls that wait for a peer, for time or for a signal: what they answer and refuse, and errno, in a parent and in a child.
 *
 * ways: plain child
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded mode=observe: exit 0; nothing
 * guarded reentrant-sigchld=repair: exit 0; nothing
 * bare differs: no
 */
#include "fork_ways.h"
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#include <sys/time.h>
#include <sys/uio.h>
#include <threads.h>
#undef sleep
#undef usleep
#undef nanosleep

extern ssize_t __recv_chk(int, void *, size_t, size_t, int);
extern ssize_t __recvfrom_chk(int, void *, size_t, size_t, int, struct sockaddr *, socklen_t *);
extern ssize_t __read_chk(int, void *, size_t, size_t);

static volatile sig_atomic_t came;
static void note(int number) { came = number; }

static void show(const char *what, long answer) {
    int error = errno;
    say("%s: %ld", what, answer);
    say(answer == -1 ? ", errno %d\n" : "\n", error);
    errno = 77;
}

static int run(void *none) {
    (void)none;
    int ends[2], pair[2], one = 1;
    void *volatile nowhere = (void *)8;
    char bytes[8] = "";
    struct iovec part = {bytes, 2};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    struct mmsghdr messages = {.msg_hdr = message};
    struct sockaddr_storage peer;
    socklen_t length = sizeof peer;
    struct timespec left = {7, 7}, none_left = {0, 0}, wrong = {0, -1}, past = {1, 0};
    sigset_t set, old;
    siginfo_t info;
    errno = 77;
    SETUP(pipe(ends) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    SETUP(raw_write(ends[1], "abcdef", 6) == 6 && raw_write(pair[1], "abcdefghijklmn", 14) == 14);
    show("read", read(ends[0], bytes, 1));
    show("__read_chk", __read_chk(ends[0], bytes, 1, sizeof bytes));
    show("readv", readv(ends[0], &part, 1));
    show("readv, bad", readv(-1, &part, 1));
    show("read, bad", read(-1, bytes, 1));
    show("read, nowhere", read(ends[0], nowhere, 1));
    show("recv", recv(pair[0], bytes, 2, 0));
    show("__recv_chk", __recv_chk(pair[0], bytes, 2, sizeof bytes, 0));
    show("recvfrom", recvfrom(pair[0], bytes, 2, 0, (struct sockaddr *)&peer, &length));
    show("__recvfrom_chk", __recvfrom_chk(pair[0], bytes, 2, sizeof bytes, MSG_PEEK, NULL, NULL));
    show("recvmsg", recvmsg(pair[0], &message, 0));
    show("recvmmsg", recvmmsg(pair[0], &messages, 1, 0, NULL));
    say("%u %.2s\n", messages.msg_len, bytes);
    show("recv, none", recv(pair[0], bytes, 8, MSG_DONTWAIT));
    show("recv, none", recv(pair[0], bytes, 8, MSG_DONTWAIT));
    show("recv, no socket", recv(ends[0], bytes, 1, 0));
    show("recvmsg, bad", recvmsg(-1, &message, 0));
    show("accept, bad", accept(pair[0], NULL, NULL));
    show("accept4, bad", accept4(-1, NULL, NULL, 0));
    int listener = socket(AF_INET, SOCK_STREAM, 0), caller = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_storage name = {.ss_family = AF_INET};
    length = 16;
    SETUP(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0);
    SETUP(bind(listener, (struct sockaddr *)&name, length) == 0 && listen(listener, 4) == 0);
    SETUP(getsockname(listener, (struct sockaddr *)&name, &length) == 0);
    SETUP(connect(caller, (struct sockaddr *)&name, length) == 0);
    int accepted = accept4(listener, (struct sockaddr *)&peer, &length, SOCK_CLOEXEC);
    say("%d %d %u\n", accepted > 0, fcntl(accepted, F_GETFD), length);
    caller = socket(AF_INET, SOCK_STREAM, 0);
    SETUP(connect(caller, (struct sockaddr *)&name, length) == 0);
    say("%d\n", accept(listener, NULL, NULL) > 0);
    show("sleep", sleep(0));
    show("usleep", usleep(1));
    show("nanosleep", nanosleep(&none_left, &left));
    show("nanosleep, wrong", nanosleep(&wrong, &left));
    show("nanosleep, nowhere", nanosleep(NULL, &left));
    show("clock_nanosleep", clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &past, &left));
    show("clock_nanosleep, wrong", clock_nanosleep(CLOCK_MONOTONIC, 0, &wrong, &left));
    show("clock_nanosleep, no clock", clock_nanosleep(99, 0, &none_left, NULL));
    show("thrd_sleep", thrd_sleep(&none_left, NULL));
    show("thrd_sleep, wrong", thrd_sleep(&wrong, NULL));
    say("%ld %ld\n", (long)left.tv_sec, left.tv_nsec);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    SETUP(signal(SIGUSR1, note) != SIG_ERR);
    show("sigprocmask", sigprocmask(SIG_BLOCK, &set, &old));
    show("sigprocmask, bad", sigprocmask(99, &set, &old));
    show("pthread_sigmask, bad", pthread_sigmask(99, &set, &old));
    SETUP(raise(SIGUSR1) == 0);
    show("sigpending", sigpending(&old));
    say("%d %d\n", sigismember(&old, SIGUSR1), came);
    show("sigtimedwait", sigtimedwait(&set, &info, &none_left));
    show("sigtimedwait, none", sigtimedwait(&set, &info, &none_left));
    show("sigtimedwait, wrong", sigtimedwait(&set, &info, &wrong));
    SETUP(raise(SIGUSR1) == 0);
    show("sigwaitinfo", sigwaitinfo(&set, &info));
    SETUP(raise(SIGUSR1) == 0);
    int number = 0;
    show("sigwait", sigwait(&set, &number));
    say("%d %d\n", number, came);
    SETUP(raise(SIGUSR1) == 0);
    sigemptyset(&set);
    show("sigsuspend", sigsuspend(&set));
    say("%d\n", came);
    SETUP(raise(SIGUSR1) == 0);
    came = 0;
    show("sigpause", sigpause(SIGUSR1));
    say("%d\n", came);
    show("sighold", sighold(SIGUSR2));
    show("sighold, bad", sighold(1000));
    show("sigrelse", sigrelse(SIGUSR2));
    show("sigrelse, bad", sigrelse(0));
    show("sigblock", sigblock(4));
    show("sigsetmask", sigsetmask(0));
    SETUP(signal(SIGALRM, note) != SIG_ERR);
    struct itimerval soon = {{0, 1000}, {0, 1000}}, never = {{0, 0}, {0, 0}};
    SETUP(setitimer(ITIMER_REAL, &soon, NULL) == 0);
    show("pause", pause());
    show("nanosleep", nanosleep(&(struct timespec){100, 0}, &left));
    say("%d\n", left.tv_sec == 99);
    show("clock_nanosleep", clock_nanosleep(CLOCK_REALTIME, 0, &(struct timespec){100, 0}, &left));
    say("%d\n", (int)sleep(0));
    SETUP(setitimer(ITIMER_REAL, &never, NULL) == 0);
    return 0;
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    if (strcmp(argv[1], "plain") == 0)
        return run(NULL);
    struct kid kid = start(PLAIN_FORK, run, NULL);
    ended(&kid);
    return 0;
}
