/* Ways to hang, and ways to wait, each by its name: `hangs NAME`. tests/dump.rs says what is to be said of each. None
 * ends by itself: the test ends them, and a child ends with its parent. What hangs says its id on stdout first. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
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

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t both;
static sem_t semaphore;

static void say(pid_t pid) {
    printf("%d\n", (int)pid);
    fflush(stdout);
}

static pthread_t thread(void *(*routine)(void *), const char *name) {
    pthread_t id;
    SETUP(pthread_create(&id, NULL, routine, NULL) == 0);
    SETUP(pthread_setname_np(id, name) == 0);
    return id;
}

static void forever(void) {
    for (;;)
        pause();
}

static void *holds_first(void *unused) {
    pthread_mutex_lock(&first);
    pthread_barrier_wait(&both);
    forever();
    return unused;
}

static void *holds_rwlock(void *unused) {
    pthread_rwlock_wrlock(&rwlock);
    pthread_barrier_wait(&both);
    forever();
    return unused;
}

/* A child waits for what a thread has that stayed with the parent. */
static void in_child(void *(*holds)(void *), int (*waits)(void)) {
    SETUP(pthread_barrier_init(&both, NULL, 2) == 0);
    thread(holds, "worker");
    pthread_barrier_wait(&both);
    pid_t child = fork();
    SETUP(child >= 0);
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        waits();
        _exit(98);
    }
    say(child);
    forever();
}

static int lock_first(void) { return pthread_mutex_lock(&first); }
static int lock_first_for_a_day(void) {
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += 86400;
    return pthread_mutex_timedlock(&first, &end);
}
static int read_rwlock(void) { return pthread_rwlock_rdlock(&rwlock); }

static void *second_then_first(void *unused) {
    pthread_mutex_lock(&second);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&first);
    return unused;
}

static void *waits_for_condition(void *unused) {
    pthread_mutex_lock(&second);
    for (;;)
        pthread_cond_wait(&condition, &second);
    return unused;
}

static void *computes(void *unused) {
    for (volatile unsigned long turn = 0;; turn++)
        continue;
    return unused;
}

int main(int count, char **words) {
    const char *name = count > 1 ? words[1] : "";
    int pipe_ends[2];
    SETUP(pipe(pipe_ends) == 0);
    if (strcmp(name, "mutex") == 0) {
        in_child(holds_first, lock_first);
    } else if (strcmp(name, "mutex-for-a-day") == 0) {
        in_child(holds_first, lock_first_for_a_day);
    } else if (strcmp(name, "rwlock") == 0) {
        in_child(holds_rwlock, read_rwlock);
    } else if (strcmp(name, "mutex-here") == 0) {
        SETUP(pthread_barrier_init(&both, NULL, 2) == 0);
        thread(holds_first, "holder");
        pthread_barrier_wait(&both);
        say(getpid());
        pthread_mutex_lock(&first);
    } else if (strcmp(name, "deadlock") == 0) {
        SETUP(pthread_barrier_init(&both, NULL, 2) == 0);
        pthread_mutex_lock(&first);
        thread(second_then_first, "other");
        pthread_barrier_wait(&both);
        say(getpid());
        pthread_mutex_lock(&second);
    } else if (strcmp(name, "condition") == 0) {
        pthread_t waiting = thread(waits_for_condition, "waits");
        say(getpid());
        pthread_join(waiting, NULL);
    } else if (strcmp(name, "semaphore") == 0) {
        SETUP(sem_init(&semaphore, 0, 0) == 0);
        say(getpid());
        sem_wait(&semaphore);
    } else if (strcmp(name, "pipe") == 0) {
        char byte;
        /* As a Python program has one: the library cannot be certain on entry, and leaves it to who looks on. */
        signal(SIGINT, SIG_DFL);
        say(getpid());
        SETUP(read(pipe_ends[0], &byte, 1) == 1);
    } else if (strcmp(name, "epoll") == 0) {
        int poller = epoll_create1(0);
        struct epoll_event event = {.events = EPOLLIN, .data.fd = pipe_ends[0]};
        SETUP(epoll_ctl(poller, EPOLL_CTL_ADD, pipe_ends[0], &event) == 0);
        pid_t child = fork();
        if (child == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            forever();
        }
        say(getpid());
        epoll_wait(poller, &event, 1, 3600000);
    } else if (strcmp(name, "runs") == 0) {
        thread(computes, "computes");
        say(getpid());
        forever();
    } else if (strcmp(name, "zombie") == 0) {
        pid_t child = fork();
        if (child == 0)
            _exit(3);
        siginfo_t info;
        SETUP(waitid(P_PID, child, &info, WEXITED | WNOWAIT) == 0);
        say(child);
        forever();
    } else {
        say(getpid());
        forever();
    }
    return 98;
}
