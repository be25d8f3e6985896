/* Parks a thread inside libc, at a system call of libc's own choosing, with whatever locks libc holds there: no
 * guess at a time, and no part of libc is replaced.
 *
 *     static bool at_netlink(const struct seccomp_data *call) { return call->args[0] == AF_NETLINK; }
 *     static void resolve(void) { ... getaddrinfo ... }
 *
 *     park(&parked, SYS_socket, at_netlink, resolve);      the thread sleeps inside getaddrinfo
 *     let_go(&parked);                                     it goes on, and has ended
 *
 * The thread puts a seccomp filter upon itself alone, which hands its calls of that number to a listener, this
 * process (seccomp_unotify(2), Linux 5.5); it sleeps in the kernel until it is answered that the call may go on. No signal is
 * involved. Neither the other threads nor their children have the filter. */
#ifndef PARKED_H
#define PARKED_H

#include "check.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <semaphore.h>
#include <stddef.h>
#include <sys/ioctl.h>

struct parked {
    pthread_t thread;
    pid_t id;              /* of the thread */
    long number;
    bool (*here)(const struct seccomp_data *call); /* NULL: at the first of these calls */
    void (*run)(void);
    int listener, over[2]; /* the thread tells on `over` that run() has returned */
    sem_t listening;
    uint64_t call;         /* the one it sleeps in */
};

/* Above what a test's own loop would get, so that descriptors have the same numbers with and without it. */
static MAYBE_UNUSED int out_of_the_way(int fd) {
    int high = raw_dup_above(fd, 220);
    SETUP(high != -1 && raw_close(fd) == 0);
    return high;
}

/* In the thread that is to be parked; 0, or why not. */
static MAYBE_UNUSED int listen_to_own(struct parked *parked) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)parked->number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};
    if (raw_call(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return errno;
    int listener = (int)raw_call(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
    if (listener == -1)
        return errno;
    parked->listener = out_of_the_way(listener);
    return 0;
}

static MAYBE_UNUSED void *parked_main(void *arg) {
    struct parked *parked = arg;
    parked->id = (pid_t)raw_call(SYS_gettid);
    int error = listen_to_own(parked);
    if (error != 0) {
        errno = error;
        SKIP("no seccomp listener here");
    }
    SETUP(sem_post(&parked->listening) == 0);
    parked->run();
    SETUP(raw_write(parked->over[1], "", 1) == 1);
    return NULL;
}

static MAYBE_UNUSED void answer(struct parked *parked, uint64_t call) {
    struct seccomp_notif_resp response = {.id = call, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
    if (raw_call(SYS_ioctl, parked->listener, SECCOMP_IOCTL_NOTIF_SEND, &response) != 0 && errno == EINVAL)
        SKIP("no seccomp listener that lets a call go on here");
}

/* True: the thread sleeps in a call of `here`'s liking. False: it is over. */
static MAYBE_UNUSED bool sleeps(struct parked *parked, bool (*here)(const struct seccomp_data *call)) {
    for (;;) {
        struct pollfd ends[2] = {{parked->listener, POLLIN, 0}, {parked->over[0], POLLIN, 0}};
        struct seccomp_notif event;
        long ready = raw_call(SYS_ppoll, ends, 2, NULL, NULL, 0);
        SETUP(ready > 0 || errno == EINTR);
        if (ready > 0 && (ends[0].revents & POLLIN) != 0) {
            memset(&event, 0, sizeof event); /* the kernel wants it so */
            if (raw_call(SYS_ioctl, parked->listener, SECCOMP_IOCTL_NOTIF_RECV, &event) != 0) {
                SETUP(errno == ENOENT || errno == EINTR); /* a signal took the thread out of its call */
                continue;
            }
            if (here(&event.data)) {
                parked->call = event.id;
                return true;
            }
            answer(parked, event.id);
        } else if (ready > 0 && ends[1].revents != 0) {
            return false;
        }
    }
}

static MAYBE_UNUSED bool at_any(const struct seccomp_data *call) {
    (void)call;
    return true;
}

static MAYBE_UNUSED bool at_none(const struct seccomp_data *call) {
    (void)call;
    return false;
}

/* Starts a thread that runs `run`; returns when it sleeps in the first call `number` that `here` accepts. */
static MAYBE_UNUSED void park(struct parked *parked, long number, bool (*here)(const struct seccomp_data *), void (*run)(void)) {
    *parked = (struct parked){.number = number, .here = here, .run = run};
    SETUP(sem_init(&parked->listening, 0, 0) == 0 && raw_call(SYS_pipe2, parked->over, O_CLOEXEC) == 0);
    parked->over[0] = out_of_the_way(parked->over[0]);
    parked->over[1] = out_of_the_way(parked->over[1]);
    SETUP(pthread_create(&parked->thread, NULL, parked_main, parked) == 0);
    while (sem_wait(&parked->listening) != 0)
        SETUP(errno == EINTR);
    SETUP(sleeps(parked, here ? here : at_any));
}

/* It goes on, to the next such call or to its end: true if it sleeps again. */
static MAYBE_UNUSED bool go_on(struct parked *parked) {
    answer(parked, parked->call);
    return sleeps(parked, parked->here ? parked->here : at_any);
}

/* It goes on and is stopped no more; returns when the thread has ended. */
static MAYBE_UNUSED void let_go(struct parked *parked) {
    answer(parked, parked->call);
    SETUP(!sleeps(parked, at_none));
    SETUP(pthread_join(parked->thread, NULL) == 0);
    raw_close(parked->listener);
    raw_close(parked->over[0]);
    raw_close(parked->over[1]);
}

/* For openat(2): the path, which is in our own memory. */
static MAYBE_UNUSED bool opens(const struct seccomp_data *call, const char *path) {
    return strcmp((const char *)(uintptr_t)call->args[1], path) == 0;
}

#endif
