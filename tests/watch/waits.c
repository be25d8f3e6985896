/* Waits that nobody can end, and waits that somebody will, each by its name: `waits NAME`. tests/watch.rs says which
 * are which. None ends by itself: the test ends them. All have a handler for SIGINT, as a Python program has, so
 * that the library cannot be certain on entry and leaves them to the watcher. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SETUP(condition) \
    do { \
        if (!(condition)) { \
            perror(#condition); \
            _exit(99); \
        } \
    } while (0)

static int poller_with(int fd) {
    int poller = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    SETUP(poller >= 0 && (fd < 0 || epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) == 0));
    return poller;
}

static void wait_limited(int fd, int limit) {
    struct epoll_event event;
    int poller = poller_with(fd);
    while (epoll_wait(poller, &event, 1, limit) <= 0)
        continue;
    _exit(98);
}

static void wait_for(int fd) { wait_limited(fd, -1); }

/* A child that stays as long as its parent. */
static pid_t stays(void) {
    pid_t child = fork();
    SETUP(child >= 0);
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            pause();
    }
    return child;
}

static void nothing(int number) { (void)number; }

static void handle(int number) {
    struct sigaction action = {.sa_handler = nothing};
    SETUP(sigaction(number, &action, NULL) == 0);
}

static void *sleeps(void *unused) {
    for (;;)
        nanosleep(&(struct timespec){1000, 0}, NULL);
    return unused;
}

static void *waits_for_word(void *unused) {
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
    pthread_mutex_lock(&mutex);
    for (;;)
        pthread_cond_wait(&condition, &mutex);
    return unused;
}

static void thread(void *(*routine)(void *)) {
    pthread_t id;
    SETUP(pthread_create(&id, NULL, routine, NULL) == 0);
}

static void send_away(int carrier, int fd) {
    char byte = 0, room[CMSG_SPACE(sizeof fd)] = {0};
    struct iovec part = {&byte, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
    struct cmsghdr *control = CMSG_FIRSTHDR(&message);
    *control = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof fd)};
    memcpy(CMSG_DATA(control), &fd, sizeof fd);
    SETUP(sendmsg(carrier, &message, 0) == 1);
    close(fd);
}

static void take(int carrier) {
    char byte, room[CMSG_SPACE(sizeof(int))];
    struct iovec part = {&byte, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
    SETUP(recvmsg(carrier, &message, 0) == 1 && CMSG_FIRSTHDR(&message));
}

/* The wait of a child whose parent had a thread more. */
static void in_child(void (*wait)(void)) {
    thread(sleeps);
    if (fork() == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        wait();
        _exit(98);
    }
    while (wait4(-1, NULL, 0, NULL) < 0)
        continue;
}

static void on_semaphore(void) {
    sem_t semaphore;
    sem_init(&semaphore, 0, 0);
    sem_wait(&semaphore);
}
static void on_word(void) {
    static int word;
    syscall(SYS_futex, &word, 128 /* FUTEX_WAIT_PRIVATE */, 0, NULL, NULL, 0);
}

#ifdef _OPENMP
static int count;
static void in_parallel(void) {
#pragma omp parallel num_threads(4)
    __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED);
}
#endif

int main(int argc, char **argv) {
    SETUP(argc == 2);
    const char *name = argv[1];
    handle(SIGINT);
    int ends[2], pair[2], carrier[2];
    SETUP(pipe2(ends, O_CLOEXEC) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    SETUP(socketpair(AF_UNIX, SOCK_STREAM, 0, carrier) == 0);
#define IS(text) (strcmp(name, text) == 0)
    /* Nobody can end these. */
    if (IS("pipe"))
        wait_for(ends[0]);
    if (IS("socketpair"))
        wait_for(pair[0]);
    if (IS("eventfd"))
        wait_for(eventfd(0, EFD_CLOEXEC));
    if (IS("empty"))
        wait_for(-1);
    if (IS("nested"))
        wait_for(poller_with(ends[0]));
    if (IS("hourly"))
        wait_limited(ends[0], 3600 * 1000);
    if (IS("unset-timer"))
        wait_for(timerfd_create(CLOCK_MONOTONIC, 0));
    if (IS("switched-off")) {
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        int listener = socket(AF_INET, SOCK_STREAM, 0), poller = epoll_create1(0);
        SETUP(bind(listener, (struct sockaddr *)&address, sizeof address) == 0 && listen(listener, 1) == 0);
        struct epoll_event event = {.events = EPOLLONESHOT | EPOLLIN, .data.fd = listener};
        SETUP(epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event) == 0);
        int client = socket(AF_INET, SOCK_STREAM, 0);
        socklen_t size = sizeof address;
        SETUP(getsockname(listener, (struct sockaddr *)&address, &size) == 0);
        SETUP(connect(client, (struct sockaddr *)&address, size) == 0);
        SETUP(epoll_wait(poller, &event, 1, -1) == 1);
        epoll_wait(poller, &event, 1, -1);
    }
    if (IS("poll"))
        poll((struct pollfd[]){{ends[0], POLLIN, 0}, {pair[0], POLLIN, 0}}, 2, -1);
    if (IS("select")) {
        fd_set set;
        FD_ZERO(&set);
        FD_SET(ends[0], &set);
        select(ends[0] + 1, &set, NULL, NULL, NULL);
    }
    if (IS("read")) {
        char byte;
        (void)!read(ends[0], &byte, 1);
    }
    if (IS("write"))
        while (write(ends[1], name, 1) == 1)
            continue;
    if (IS("threads")) {
        thread(waits_for_word);
        wait_for(ends[0]);
    }
    if (IS("semaphore"))
        in_child(on_semaphore);
    if (IS("word"))
        in_child(on_word);
#ifdef _OPENMP
    if (IS("openmp")) {
        in_parallel();
        in_child(in_parallel);
    }
#endif
    /* Somebody can end these. */
    if (IS("listener")) {
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        int listener = socket(AF_INET, SOCK_STREAM, 0);
        SETUP(bind(listener, (struct sockaddr *)&address, sizeof address) == 0 && listen(listener, 1) == 0);
        wait_for(listener);
    }
    if (IS("child-wait")) {
        stays();
        wait4(-1, NULL, 0, NULL);
    }
    if (IS("child-signal")) {
        handle(SIGCHLD);
        stays();
        wait_for(-1);
    }
    if (IS("signalfd")) {
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGUSR1);
        sigprocmask(SIG_BLOCK, &set, NULL);
        wait_for(signalfd(-1, &set, 0));
    }
    if (IS("timerfd")) {
        int timer = timerfd_create(CLOCK_MONOTONIC, 0);
        SETUP(timerfd_settime(timer, 0, &(struct itimerspec){.it_value.tv_sec = 1000}, NULL) == 0);
        wait_for(timer);
    }
    if (IS("inotify")) {
        int watch = inotify_init1(0);
        SETUP(inotify_add_watch(watch, "/tmp", IN_DELETE_SELF) >= 0);
        wait_for(watch);
    }
    if (IS("alarm")) {
        alarm(1000);
        wait_for(ends[0]);
    }
    if (IS("interval-timer")) {
        handle(SIGALRM);
        SETUP(setitimer(ITIMER_REAL, &(struct itimerval){.it_value.tv_sec = 1000}, NULL) == 0);
        wait_for(ends[0]);
    }
    if (IS("posix-timer")) {
        timer_t timer;
        struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
        handle(SIGUSR1);
        SETUP(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
        wait_for(ends[0]);
    }
    if (IS("pipe-shared")) {
        stays();
        wait_for(ends[0]);
    }
    if (IS("poller-shared")) {
        int poller = poller_with(-1);
        struct epoll_event event;
        stays();
        epoll_wait(poller, &event, 1, -1);
    }
    if (IS("eventfd-shared")) {
        int count = eventfd(0, 0);
        stays();
        wait_for(count);
    }
    if (IS("end-sent-away")) {
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            close(pair[0]);
            close(pair[1]);
            close(ends[0]);
            close(ends[1]);
            take(carrier[1]);
            for (;;)
                pause();
        }
        send_away(carrier[0], pair[1]);
        wait_for(pair[0]);
    }
    if (IS("end-in-flight")) {
        send_away(carrier[0], ends[1]);
        wait_for(ends[0]);
    }
    if (IS("second-thread")) {
        thread(sleeps);
        wait_for(ends[0]);
    }
    if (IS("io_uring")) {
        char room[256] = {0};
        int ring = (int)syscall(SYS_io_uring_setup, 4, room);
        if (ring < 0)
            for (;;)
                pause();
        wait_for(ring);
    }
    if (IS("ring-eventfd")) {
        /* The kernel itself signals it, when something in the ring has ended. */
        char room[256] = {0};
        int ring = (int)syscall(SYS_io_uring_setup, 4, room), count = eventfd(0, EFD_CLOEXEC);
        if (ring < 0 || syscall(SYS_io_uring_register, ring, 4 /* IORING_REGISTER_EVENTFD */, &count, 1) != 0)
            for (;;)
                pause();
        wait_for(count);
    }
    if (IS("leader-gone")) {
        /* The other end is with a child whose first thread has ended: of such a process /proc shows no descriptors. */
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            thread(sleeps);
            pthread_exit(NULL);
        }
        wait_for(ends[0]);
    }
    if (IS("minutely"))
        wait_limited(ends[0], 60 * 1000);
    if (IS("terminal-signal"))
        pause();
    if (IS("standard-input"))
        wait_for(0);
    if (IS("shared-word")) {
        sem_t semaphore;
        sem_init(&semaphore, 1, 0);
        stays();
        poll((struct pollfd[]){{ends[0], POLLIN, 0}}, 1, -1);
    }
    return 97;
}
