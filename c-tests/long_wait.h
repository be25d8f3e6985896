/* Waits that look as if nobody could end them, and that somebody does end: one function each. The waiter is a child of the
 * process that calls, which brings what it waits for after `ms` milliseconds, and when the waiter is asleep. Each
 * has a pipe of its own in the loop as well, both ends open, as loops do.
 *
 *     for each of LONG_WAITS: CHECK(11, long_wait(&LONG_WAITS[place], 0) == 0);
 */
#ifndef LONG_WAIT_H
#define LONG_WAIT_H

#include "asleep.h"
#include <aio.h>
#include <netinet/in.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/un.h>

/* What both know before the fork, and a line between them. */
struct long_pair {
    int ms, line, kept[2];
    pid_t waiter;
};

struct long_wait {
    const char *name;
    void (*before)(struct long_pair *pair); /* NULL for nothing */
    int (*wait)(struct long_pair *pair);    /* 0 if it ended as it should, 77 if this machine has no such thing */
    void (*bring)(struct long_pair *pair);  /* NULL if the waiter has seen to that itself */
};

static int long_poller;

static void long_watch(int fd) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    SETUP(epoll_ctl(long_poller, EPOLL_CTL_ADD, fd, &event) == 0);
}

/* Waits without a limit; the number that was ready, -1 for EINTR. */
static int long_ready(void) {
    struct epoll_event event;
    int count = epoll_wait(long_poller, &event, 1, -1);
    SETUP(count == 1 || (count == -1 && errno == EINTR));
    return count == 1 ? event.data.fd : -1;
}

static void long_rest(int ms) {
    struct timespec rest = {ms / 1000, ms % 1000 * 1000000L};
    while (raw_call(SYS_ppoll, NULL, 0, &rest, NULL, 0) == -1)
        continue;
}

/* Until the process sleeps in a wait for descriptors (proc(5), syscall). */
static void long_await(pid_t waiter) {
    char path[64], text[32];
    snprintf(path, sizeof path, "/proc/%d/syscall", (int)waiter);
    for (bool asleep = false; !asleep; long_rest(1)) {
        int fd = (int)raw_call(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
        SETUP(fd != -1);
        long size = raw_read(fd, text, sizeof text - 1);
        raw_close(fd);
        text[size < 0 ? 0 : size] = '\0';
        for (size_t place = 0; place < sizeof WAITS / sizeof *WAITS; place++)
            asleep |= text[0] >= '0' && text[0] <= '9' && strtol(text, NULL, 10) == WAITS[place];
    }
}

static struct itimerspec long_timer(const struct long_pair *pair) {
    int ms = pair->ms + 20;
    return (struct itimerspec){.it_value = {ms / 1000, ms % 1000 * 1000000L}};
}

static volatile sig_atomic_t long_signals;
static void long_handler(int number) {
    (void)number;
    long_signals++;
}

/* A server and who connects to it. */
static void listener_before(struct long_pair *pair) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    pair->kept[0] = socket(AF_INET, SOCK_STREAM, 0);
    SETUP(bind(pair->kept[0], (struct sockaddr *)&address, sizeof address) == 0 && listen(pair->kept[0], 5) == 0);
}
static int listener_wait(struct long_pair *pair) {
    int own = dup(pair->kept[0]);
    long_watch(own);
    return long_ready() != own;
}
static void listener_bring(struct long_pair *pair) {
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    SETUP(getsockname(pair->kept[0], (struct sockaddr *)&address, &size) == 0);
    int peer = socket(AF_INET, SOCK_STREAM, 0);
    SETUP(connect(peer, (struct sockaddr *)&address, sizeof address) == 0);
}

/* A handler for SIGCHLD, and a child. */
static int sigchld_wait(struct long_pair *pair) {
    signal(SIGCHLD, long_handler);
    pid_t child = fork();
    if (child == 0) {
        long_rest(pair->ms);
        long_await(pair->waiter);
        quit(0);
    }
    return long_ready() != -1 || long_signals != 1;
}

/* A handler alone. */
static int handler_wait(struct long_pair *pair) {
    (void)pair;
    signal(SIGUSR1, long_handler);
    return long_ready() != -1 || long_signals != 1;
}
static void signal_bring(struct long_pair *pair) { SETUP(kill(pair->waiter, SIGUSR1) == 0); }

static int signalfd_wait(struct long_pair *pair) {
    (void)pair;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    SETUP(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
    int fd = signalfd(-1, &set, 0);
    long_watch(fd);
    return long_ready() != fd;
}

static int timerfd_wait(struct long_pair *pair) {
    struct itimerspec when = long_timer(pair);
    int fd = timerfd_create(CLOCK_MONOTONIC, 0);
    SETUP(timerfd_settime(fd, 0, &when, NULL) == 0);
    long_watch(fd);
    return long_ready() != fd;
}

static void inotify_path(char *path, size_t room, pid_t waiter) {
    snprintf(path, room, "/tmp/forkproof-long-wait.%d", (int)waiter);
}
static int inotify_wait(struct long_pair *pair) {
    char path[64];
    inotify_path(path, sizeof path, pair->waiter);
    SETUP(mkdir(path, 0700) == 0);
    int fd = inotify_init1(0);
    SETUP(inotify_add_watch(fd, path, IN_DELETE_SELF) >= 0);
    long_watch(fd);
    return long_ready() != fd;
}
static void inotify_bring(struct long_pair *pair) {
    char path[64];
    inotify_path(path, sizeof path, pair->waiter);
    SETUP(rmdir(path) == 0);
}

static int alarm_wait(struct long_pair *pair) {
    struct itimerspec when = long_timer(pair);
    struct itimerval value = {.it_value = {when.it_value.tv_sec, when.it_value.tv_nsec / 1000}};
    signal(SIGALRM, long_handler);
    SETUP(setitimer(ITIMER_REAL, &value, NULL) == 0);
    return long_ready() != -1 || long_signals != 1;
}

/* An alarm that is to end the process. The code is not 0: who waits for it knows. */
static int last_alarm_wait(struct long_pair *pair) {
    struct itimerspec when = long_timer(pair);
    struct itimerval value = {.it_value = {when.it_value.tv_sec, when.it_value.tv_nsec / 1000}};
    SETUP(setitimer(ITIMER_REAL, &value, NULL) == 0);
    return long_ready();
}

static int posix_timer_wait(struct long_pair *pair) {
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
    struct itimerspec when = long_timer(pair);
    timer_t timer;
    SETUP(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0 && timer_settime(timer, 0, &when, NULL) == 0);
    return long_ready();
}

static int long_event;
static void long_notify(union sigval value) {
    (void)value;
    SETUP(eventfd_write(long_event, 1) == 0);
}
static int thread_timer_wait(struct long_pair *pair) {
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = long_notify};
    struct itimerspec when = long_timer(pair);
    timer_t timer;
    long_watch(long_event = eventfd(0, 0));
    SETUP(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0 && timer_settime(timer, 0, &when, NULL) == 0);
    return long_ready() != long_event;
}

/* The writer is another process. */
static void pipe_before(struct long_pair *pair) { SETUP(pipe(pair->kept) == 0); }
static int pipe_wait(struct long_pair *pair) {
    raw_close(pair->kept[1]);
    long_watch(pair->kept[0]);
    return long_ready() != pair->kept[0];
}
static void pipe_bring(struct long_pair *pair) { SETUP(write(pair->kept[1], "", 1) == 1); }

/* One end is sent away, and kept as well; by sendmsg, or by sendmmsg. */
static int rights_wait(struct long_pair *pair, bool many) {
    int ends[2];
    char byte = 0, room[CMSG_SPACE(sizeof(int))] = "";
    SETUP(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    long_watch(ends[0]);
    struct iovec part = {&byte, 1};
    struct mmsghdr list = {.msg_hdr = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room}};
    struct cmsghdr *header = CMSG_FIRSTHDR(&list.msg_hdr);
    *header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(header), &ends[1], sizeof(int));
    SETUP(many ? sendmmsg(pair->line, &list, 1, 0) == 1 : sendmsg(pair->line, &list.msg_hdr, 0) == 1);
    return long_ready() != ends[0];
}
static int rights_by_sendmsg(struct long_pair *pair) { return rights_wait(pair, false); }
static int rights_by_sendmmsg(struct long_pair *pair) { return rights_wait(pair, true); }
static void rights_bring(struct long_pair *pair) {
    int end;
    char byte, room[CMSG_SPACE(sizeof(int))];
    struct iovec part = {&byte, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
    SETUP(recvmsg(pair->line, &message, 0) == 1);
    memcpy(&end, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof end);
    SETUP(write(end, "", 1) == 1);
}

/* Another thread of its own is about to write. */
static void *thread_main(void *arg) {
    struct long_pair *pair = arg;
    long_rest(pair->ms);
    long_await(pair->waiter);
    long_notify((union sigval){0});
    return NULL;
}
static int thread_wait(struct long_pair *pair) {
    pthread_t thread;
    long_watch(long_event = eventfd(0, 0));
    SETUP(pthread_create(&thread, NULL, thread_main, pair) == 0);
    bool good = long_ready() == long_event;
    return pthread_join(thread, NULL) != 0 || !good;
}

/* A thread that no pthread_create made. */
static int raw_thread_main(void *arg) {
    struct long_pair *pair = arg;
    struct timespec rest = {0, 1000000L};
    for (int round = 0; round < pair->ms + 50; round++)
        raw_call(SYS_ppoll, NULL, 0, &rest, NULL, 0);
    uint64_t one = 1;
    raw_write(long_event, &one, sizeof one);
    raw_call(SYS_exit, 0);
    return 0;
}
static int raw_thread_wait(struct long_pair *pair) {
    size_t size = 1 << 16;
    char *stack = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    SETUP(stack != MAP_FAILED);
    long_watch(long_event = eventfd(0, 0));
    int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
    SETUP(clone(raw_thread_main, stack + size, flags, pair) > 0);
    return long_ready() != long_event;
}

/* libc reads from another process's pipe in a thread of its own, and writes to the loop. */
static int aio_wait(struct long_pair *pair) {
    static char byte;
    static struct aiocb block;
    block = (struct aiocb){.aio_fildes = pair->kept[0], .aio_buf = &byte, .aio_nbytes = 1, .aio_lio_opcode = LIO_READ};
    block.aio_sigevent = (struct sigevent){.sigev_notify = SIGEV_THREAD, .sigev_notify_function = long_notify};
    long_watch(long_event = eventfd(0, 0));
    SETUP(aio_read(&block) == 0);
    return long_ready() != long_event;
}

#include "long_wait_rings.h"

static MAYBE_UNUSED const struct long_wait LONG_WAITS[] = {
    {"listener", listener_before, listener_wait, listener_bring},
    {"sigchld", NULL, sigchld_wait, NULL},
    {"handler", NULL, handler_wait, signal_bring},
    {"signalfd", NULL, signalfd_wait, signal_bring},
    {"timerfd", NULL, timerfd_wait, NULL},
    {"inotify", NULL, inotify_wait, inotify_bring},
    {"alarm", NULL, alarm_wait, NULL},
    {"last_alarm", NULL, last_alarm_wait, NULL},
    {"posix_timer", NULL, posix_timer_wait, NULL},
    {"thread_timer", NULL, thread_timer_wait, NULL},
    {"pipe", pipe_before, pipe_wait, pipe_bring},
    {"sendmsg", NULL, rights_by_sendmsg, rights_bring},
    {"sendmmsg", NULL, rights_by_sendmmsg, rights_bring},
    {"thread", NULL, thread_wait, NULL},
    {"raw_thread", NULL, raw_thread_wait, NULL},
    {"aio", pipe_before, aio_wait, pipe_bring},
    {"kernel_aio", NULL, kernel_aio_wait, NULL},
    {"io_uring", NULL, ring_wait, NULL},
};
enum { LONG_WAIT_COUNT = sizeof LONG_WAITS / sizeof *LONG_WAITS };

/* One such wait. 0 if it ended as it should have. */
static MAYBE_UNUSED int long_wait(const struct long_wait *one, int ms) {
    struct long_pair pair = {.ms = ms};
    int lines[2], status;
    if (one->before)
        one->before(&pair);
    SETUP(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, lines) == 0);
    pid_t waiter = fork();
    if (waiter == 0) {
        int ends[2];
        alarm(0);
        raw_close(lines[0]);
        pair.line = lines[1];
        pair.waiter = raw_getpid();
        SETUP(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && pipe(ends) == 0);
        long_poller = epoll_create1(0);
        long_watch(ends[0]);
        quit(one->wait(&pair));
    }
    raw_close(lines[1]);
    pair.line = lines[0];
    pair.waiter = waiter;
    if (one->bring) {
        long_rest(ms);
        long_await(waiter);
        one->bring(&pair);
    }
    SETUP(waitpid(waiter, &status, 0) == waiter);
    raw_close(lines[0]);
    int code = code_of(status);
    bool to_be_killed = one->wait == last_alarm_wait || one->wait == posix_timer_wait;
    return to_be_killed ? code != 128 + SIGALRM : code;
}

#endif
