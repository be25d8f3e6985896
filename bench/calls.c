/* calls NAME WHERE TIMES: makes one call TIMES times, for the instruction counter.
 *
 * WHERE is `alone` (a process that never forked), `threads` (one that never forked and has a second
 * thread), `forked` (one that has a dead child), or `child` (a forked child, where the library mends
 * the loop at the first call). The price of a call on descriptors must be the same in all of them. The
 * other half of a pair (the close of a dup, the dup before a close) goes straight to the kernel, past
 * every hook, so that a figure belongs to one call only; lock and unlock are one figure. */
#include "bench.h"
#include <linux/io_uring.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/un.h>

static int poller, registered, untracked, nowhere, zeros, sender, receiver, pair[2];
static volatile sig_atomic_t caught;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static sem_t semaphore, signal_of_one;

static void each_epoll_wait(long times)
{
    struct epoll_event events[8];
    for (long i = 0; i < times; i++)
        MUST(epoll_wait(poller, events, 8, 0) == 1);
}

static void each_epoll_wait_8(long times)
{
    struct epoll_event events[8];
    int eight = epoll_create1(EPOLL_CLOEXEC);
    MUST(eight >= 0);
    for (int fd = 0; fd < 8; fd++)
        register_eventfds(eight, 1);
    for (long i = 0; i < times; i++)
        MUST(epoll_wait(eight, events, 8, 0) == 8);
}

static void each_epoll_mod(long times)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = 1};
    for (long i = 0; i < times; i++)
        MUST(epoll_ctl(poller, EPOLL_CTL_MOD, registered, &event) == 0);
}

static void each_epoll_add_del(long times)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = 1};
    for (long i = 0; i < times; i++) {
        MUST(epoll_ctl(poller, EPOLL_CTL_ADD, untracked, &event) == 0);
        MUST(epoll_ctl(poller, EPOLL_CTL_DEL, untracked, NULL) == 0);
    }
}

static void each_close(long times)
{
    for (long i = 0; i < times; i++)
        MUST(close((int)kernel(SYS_dup, untracked, 0, 0, 0)) == 0);
}

static void each_dup(long times)
{
    for (long i = 0; i < times; i++)
        MUST(kernel(SYS_close, dup(untracked), 0, 0, 0) == 0);
}

static void each_poll(long times)
{
    struct pollfd one = {.fd = untracked, .events = POLLIN};
    for (long i = 0; i < times; i++)
        MUST(poll(&one, 1, 0) == 0);
}

static void each_select(long times)
{
    for (long i = 0; i < times; i++) {
        struct timeval none = {0, 0};
        fd_set set;
        FD_ZERO(&set);
        FD_SET(untracked, &set);
        MUST(select(untracked + 1, &set, NULL, NULL, &none) == 0);
    }
}

static void each_fcntl(long times)
{
    for (long i = 0; i < times; i++)
        MUST(fcntl(untracked, F_GETFD) == FD_CLOEXEC);
}

static void each_syscall(long times)
{
    for (long i = 0; i < times; i++)
        MUST(syscall(SYS_getppid) > 0);
}

static void each_mutex(long times)
{
    for (long i = 0; i < times; i++) {
        MUST(pthread_mutex_lock(&mutex) == 0);
        MUST(pthread_mutex_unlock(&mutex) == 0);
    }
}

static void each_rwlock_read(long times)
{
    for (long i = 0; i < times; i++) {
        MUST(pthread_rwlock_rdlock(&rwlock) == 0);
        MUST(pthread_rwlock_unlock(&rwlock) == 0);
    }
}

static void each_semaphore(long times)
{
    for (long i = 0; i < times; i++) {
        MUST(sem_wait(&semaphore) == 0);
        MUST(sem_post(&semaphore) == 0);
    }
}

/* One that is no lock. */
static void each_semaphore_signal(long times)
{
    for (long i = 0; i < times; i++) {
        MUST(sem_post(&signal_of_one) == 0);
        MUST(sem_wait(&signal_of_one) == 0);
    }
}

static void each_cond_signal(long times)
{
    for (long i = 0; i < times; i++)
        MUST(pthread_cond_signal(&cond) == 0);
}

static void each_getaddrinfo(long times)
{
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM};
    for (long i = 0; i < times; i++) {
        struct addrinfo *found;
        MUST(getaddrinfo("127.0.0.1", NULL, &hints, &found) == 0);
        freeaddrinfo(found);
    }
}

static void each_localtime_r(long times)
{
    const time_t when = 1000000000;
    struct tm broken_down;
    for (long i = 0; i < times; i++)
        MUST(localtime_r(&when, &broken_down) == &broken_down);
}

/* An environment of its own: a preloaded library is an entry more in the other, and getenv looks at each. */
static void each_getenv(long times)
{
    static char *environment[] = {"NAME=value", NULL};
    environ = environment;
    for (long i = 0; i < times; i++)
        MUST(getenv("NAME") != NULL);
}

static void *ends_at_once(void *nothing)
{
    return nothing;
}

static void each_thread(long times)
{
    for (long i = 0; i < times; i++) {
        pthread_t thread;
        MUST(pthread_create(&thread, NULL, ends_at_once, NULL) == 0);
        MUST(pthread_join(thread, NULL) == 0);
    }
}

_Noreturn static void *idles(void *barrier)
{
    pthread_barrier_wait(barrier);
    for (;;)
        pause();
}

static void catches(int number)
{
    caught += number == SIGUSR1;
}

static void each_sigaction(long times)
{
    const struct sigaction action = {.sa_handler = catches};
    for (long i = 0; i < times; i++)
        MUST(sigaction(SIGUSR2, &action, NULL) == 0);
}

/* The kernel delivers a thread's signal to itself before tgkill(2) returns. */
static void each_handler(long times)
{
    const long self = kernel(SYS_getpid, 0, 0, 0, 0), thread = kernel(SYS_gettid, 0, 0, 0, 0);
    caught = 0;
    for (long i = 0; i < times; i++)
        MUST(kernel(SYS_tgkill, self, thread, SIGUSR1, 0) == 0);
    MUST(caught == times);
}

/* As above, for a signal that is looked after in case its handler is entered again. */
static void each_handler_watched(long times)
{
    const long self = kernel(SYS_getpid, 0, 0, 0, 0), thread = kernel(SYS_gettid, 0, 0, 0, 0);
    for (long i = 0; i < times; i++)
        MUST(kernel(SYS_tgkill, self, thread, SIGCHLD, 0) == 0);
}

static void each_waitpid(long times)
{
    for (long i = 0; i < times; i++)
        MUST(waitpid(-1, NULL, WNOHANG) == -1);
}

static void each_nanosleep(long times)
{
    const struct timespec none = {0, 0};
    for (long i = 0; i < times; i++)
        MUST(nanosleep(&none, NULL) == 0);
}

static void each_sigprocmask(long times)
{
    for (long i = 0; i < times; i++)
        MUST(sigprocmask(SIG_BLOCK, NULL, NULL) == 0);
}

static void each_write(long times)
{
    for (long i = 0; i < times; i++)
        MUST(write(nowhere, "x", 1) == 1);
}

static void each_read(long times)
{
    char byte;
    for (long i = 0; i < times; i++)
        MUST(read(zeros, &byte, 1) == 1);
}

static void each_sendmsg(long times)
{
    char byte = 0;
    struct iovec part = {&byte, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    for (long i = 0; i < times; i++) {
        MUST(sendmsg(sender, &message, 0) == 1);
        MUST(kernel(SYS_read, receiver, (long)&byte, 1, 0) == 1);
    }
}

static void each_send(long times)
{
    char byte;
    for (long i = 0; i < times; i++) {
        MUST(send(sender, "x", 1, 0) == 1);
        MUST(kernel(SYS_read, receiver, (long)&byte, 1, 0) == 1);
    }
}

/* To a pipe both of whose ends this process holds, as a loop's wake-up is. */
static void each_write_own_pipe(long times)
{
    char byte;
    for (long i = 0; i < times; i++) {
        MUST(write(pair[1], "x", 1) == 1);
        MUST(kernel(SYS_read, pair[0], (long)&byte, 1, 0) == 1);
    }
}

static void each_pipe(long times)
{
    for (long i = 0; i < times; i++) {
        int ends[2];
        MUST(pipe(ends) == 0);
        MUST(kernel(SYS_close, ends[0], 0, 0, 0) == 0 && kernel(SYS_close, ends[1], 0, 0, 0) == 0);
    }
}

static void each_socketpair(long times)
{
    for (long i = 0; i < times; i++) {
        int ends[2];
        MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
        MUST(kernel(SYS_close, ends[0], 0, 0, 0) == 0 && kernel(SYS_close, ends[1], 0, 0, 0) == 0);
    }
}

static void each_eventfd(long times)
{
    for (long i = 0; i < times; i++)
        MUST(kernel(SYS_close, eventfd(0, EFD_CLOEXEC), 0, 0, 0) == 0);
}

static void each_mmap(long times)
{
    for (long i = 0; i < times; i++) {
        void *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        MUST(page != MAP_FAILED && kernel(SYS_munmap, (long)page, 4096, 0, 0) == 0);
    }
}

/* A ring of the process's own. Where io_uring is not allowed the call fails, after as many instructions. */
static void each_ring_enter(long times)
{
    struct io_uring_params about = {0};
    const long ring = syscall(SYS_io_uring_setup, 8, &about);
    for (long i = 0; i < times; i++)
        MUST(syscall(SYS_io_uring_enter, ring, 0, 0, 0, NULL, 0) <= 0);
}

static const struct {
    const char *name;
    void (*each)(long times);
} calls[] = {
    {"epoll_wait", each_epoll_wait},
    {"epoll_wait_8", each_epoll_wait_8},
    {"epoll_ctl_mod", each_epoll_mod},
    {"epoll_ctl_add_del", each_epoll_add_del},
    {"close", each_close},
    {"dup", each_dup},
    {"poll", each_poll},
    {"select", each_select},
    {"fcntl_getfd", each_fcntl},
    {"syscall", each_syscall},
    {"mutex", each_mutex},
    {"rwlock_read", each_rwlock_read},
    {"semaphore", each_semaphore},
    {"semaphore_signal", each_semaphore_signal},
    {"cond_signal", each_cond_signal},
    {"getaddrinfo", each_getaddrinfo},
    {"localtime_r", each_localtime_r},
    {"getenv", each_getenv},
    {"thread", each_thread},
    {"sigaction", each_sigaction},
    {"handler", each_handler},
    {"handler_watched", each_handler_watched},
    {"waitpid", each_waitpid},
    {"nanosleep", each_nanosleep},
    {"sigprocmask", each_sigprocmask},
    {"write", each_write},
    {"read", each_read},
    {"send", each_send},
    {"sendmsg", each_sendmsg},
    {"write_own_pipe", each_write_own_pipe},
    {"pipe", each_pipe},
    {"socketpair", each_socketpair},
    {"eventfd", each_eventfd},
    {"mmap", each_mmap},
    {"ring_enter", each_ring_enter},
};

/* Two sockets that are not made as a pair. */
static void connect_sockets(void)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    socklen_t length = sizeof name;
    sender = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    receiver = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    MUST(sender >= 0 && receiver >= 0);
    MUST(bind(receiver, (struct sockaddr *)&name, sizeof name.sun_family) == 0); /* any free name: unix(7) */
    MUST(getsockname(receiver, (struct sockaddr *)&name, &length) == 0);
    MUST(connect(sender, (struct sockaddr *)&name, length) == 0);
}

int main(int argc, char **argv)
{
    MUST(argc == 4);
    long times = atol(argv[3]);
    MUST(times > 0);
    void (*each)(long) = NULL;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (strcmp(calls[i].name, argv[1]) == 0)
            each = calls[i].each;
    MUST(each != NULL);

    poller = epoll_create1(EPOLL_CLOEXEC);
    MUST(poller >= 0);
    registered = register_eventfds(poller, 1)->fd;
    untracked = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0); /* of a kind that no table is about */
    nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    zeros = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    MUST(untracked >= 0 && nowhere >= 0 && zeros >= 0);
    MUST(pipe(pair) == 0);
    connect_sockets();
    MUST(signal(SIGUSR1, catches) != SIG_ERR); /* before the fork: so its handler is an inherited one in the child */
    MUST(signal(SIGCHLD, catches) != SIG_ERR);
    MUST(sem_init(&semaphore, 0, 1) == 0 && sem_init(&signal_of_one, 0, 0) == 0);

    if (strcmp(argv[2], "threads") == 0) {
        static pthread_barrier_t barrier;
        pthread_t thread;
        MUST(pthread_barrier_init(&barrier, NULL, 2) == 0);
        MUST(pthread_create(&thread, NULL, idles, &barrier) == 0);
        pthread_barrier_wait(&barrier);
    } else if (strcmp(argv[2], "alone") != 0) {
        int loop_in_child = strcmp(argv[2], "child") == 0;
        MUST(loop_in_child || strcmp(argv[2], "forked") == 0);
        pid_t child = fork();
        MUST(child >= 0);
        if (child > 0 || !loop_in_child) {
            if (child == 0)
                _exit(0);
            int status;
            MUST(waitpid(child, &status, 0) == child && status == 0);
            if (loop_in_child)
                return 0;
        }
        struct epoll_event event;
        MUST(epoll_wait(poller, &event, 1, 0) == 1);
    }
    each(times);
    return 0;
}
