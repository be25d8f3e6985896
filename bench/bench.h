/* What every measured program shares: the clock, the fds it registers, and one round for each
 * byte on stdin, so that the driver can let contestants take turns. */
#ifndef BENCH_H
#define BENCH_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MUST(cond) ((cond) ? (void)0 : must_failed(__FILE__, __LINE__, #cond))

_Noreturn static inline void must_failed(const char *file, int line, const char *cond)
{
    dprintf(2, "%s:%d: not so: %s (errno %d: %s)\n", file, line, cond, errno, strerror(errno));
    _exit(70);
}

/* CLOCK_MONOTONIC is one clock for parent and child: clock_gettime(2). */
static inline int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static inline void raise_limit(void)
{
    struct rlimit limit;
    MUST(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = limit.rlim_max;
    MUST(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

/* What a careful program keeps for itself to be able to rebuild its loop: 16 bytes a registration. */
struct interest {
    uint64_t data;
    int fd;
    uint32_t events;
};

/* Registers `count` eventfds in `poller`. The last of them is ready and stays so: level-triggered. */
static inline struct interest *register_eventfds(int poller, int count)
{
    struct interest *interests = calloc((size_t)count + 1, sizeof *interests);
    MUST(interests != NULL);
    for (int i = 0; i < count; i++) {
        int fd = eventfd(i == count - 1, EFD_CLOEXEC | EFD_NONBLOCK);
        MUST(fd >= 0);
        interests[i] = (struct interest){.data = 1000000 + (uint64_t)i, .fd = fd, .events = EPOLLIN};
        struct epoll_event event = {.events = interests[i].events, .data.u64 = interests[i].data};
        MUST(epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) == 0);
    }
    return interests;
}

/* Straight into the kernel: syscall(2) is a function like any other, and may be hooked. */
static inline long kernel(long number, long a, long b, long c, long d)
{
#if defined(__x86_64__)
    long answer;
    register long r10 __asm__("r10") = d;
    __asm__ volatile("syscall" : "=a"(answer) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10) : "rcx", "r11", "memory");
    return answer;
#elif defined(__aarch64__)
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
    return x0;
#else
#error "say here how this machine enters the kernel"
#endif
}

/* Blocks until the driver asks for a round; 0 when it hangs up. */
static inline int next_round(void)
{
    char byte;
    return read(0, &byte, 1) == 1;
}

#endif
