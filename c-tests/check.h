/* What every test stands on: numbered checks, lines between processes, and an alarm.
 *
 * How to write a test. One program shows one thing. It opens with a comment: a few sentences
 * of prose, then, as its last lines, what the runner (scripts/run-c-test) has to expect:
 *
 *     ways: all                        or some: `ways: fork _Fork`; or `ways: none`
 *     bare: exit 12                    without the library; also `killed SIGTERM`
 *     guarded: exit 0; inherited-poller repaired
 *     guarded inherited-poller=poison exitcode=9: exit 21; inherited-poller poisoned x2
 *     bare differs: no                 same status and same bytes on stdout, bare and guarded
 *     may skip: needs root             only then may the program end in SKIP
 *     stderr: not compared             only then may findings and lines on stderr disagree
 *
 * After the exit stand the findings the log must hold: `nothing`, or `SLUG OUTCOME` parted by
 * commas, each at least once, or exactly N times with ` xN`, or N times or more with ` xN+`, and none that is not named.
 * Before the ` xN` may stand fields of the record: `inherited-poller failed errno=24 registrations=0 x1`.
 * Each run is made for each way; the way is the program's first argument (fork_ways.h).
 *
 * Include fork_ways.h (it includes this file) or this file alone. Never wait for time to pass:
 * tell() and await() put two processes in order, and the alarm ends what hangs.
 *
 * Exit codes: 1 to 59 are a test's own CHECKs; 66 is the library's `die`; 77 is SKIP; 98 means that the
 * process at the other end of a line is gone; 99 that the test could not be set up; 128 and up
 * that a child was killed by the signal with that number (142: SIGALRM, the child hung).
 */
#ifndef CHECK_H
#define CHECK_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A process that has not ended after so many seconds hangs. Far above what any test needs, even
 * on a busy machine; below the runner's own limit, so that the process with the fault is named. */
#ifndef ALARM_SECONDS
#define ALARM_SECONDS 30
#endif

#define MAYBE_UNUSED __attribute__((unused))

/* A system call without libc: no hook can see it, not one of syscall(2) either. The plumbing is made of these,
 * since what the library does to it is not under test. */
static inline long raw_call_of_six(long number, long a, long b, long c, long d, long e, long f) {
#if defined __x86_64__
    long result;
    register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
#elif defined __aarch64__
    register long x8 __asm__("x8") = number, result __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d, x4 __asm__("x4") = e, x5 __asm__("x5") = f;
    __asm__ volatile("svc 0" : "+r"(result) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
#else
#error "write raw_call_of_six for this machine"
#endif
    if (result < 0 && result > -4096) {
        errno = (int)-result;
        return -1;
    }
    return result;
}
#define raw_call_padded(number, a, b, c, d, e, f, ...) \
    raw_call_of_six(number, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define raw_call(...) raw_call_padded(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)

static inline long raw_read(int fd, void *to, size_t size) { return raw_call(SYS_read, fd, to, size); }
static inline long raw_write(int fd, const void *from, size_t size) { return raw_call(SYS_write, fd, from, size); }
static inline int raw_close(int fd) { return (int)raw_call(SYS_close, fd); }
static inline int raw_dup3(int from, int to, int flags) { return (int)raw_call(SYS_dup3, from, to, flags); }
static inline int raw_dup_above(int fd, int least) { return (int)raw_call(SYS_fcntl, fd, F_DUPFD_CLOEXEC, least); }
static inline pid_t raw_getpid(void) { return (pid_t)raw_call(SYS_getpid); }
static inline int raw_epoll_ctl(int poller, int op, int fd, struct epoll_event *event) {
    return (int)raw_call(SYS_epoll_ctl, poller, op, fd, event);
}

/* Ends the process at once, whichever thread calls: no atexit functions, no stdio, no hooks. */
static inline __attribute__((noreturn)) void quit(int code) {
    for (;;)
        raw_call(SYS_exit_group, code);
}

/* One line to `fd` with one write. */
static MAYBE_UNUSED __attribute__((format(printf, 2, 3))) void line_to(int fd, const char *format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (size > (int)sizeof text - 1)
        size = sizeof text - 1;
    if (raw_write(fd, text, (size_t)size) != size)
        quit(99);
}

/* What a transparency test prints: stdout of the bare and of the guarded run are compared. */
#define say(...) line_to(1, __VA_ARGS__)

static MAYBE_UNUSED __attribute__((noreturn)) void failed(int code, const char *what, const char *file, int line) {
    int error = errno;
    line_to(2, "%s:%d: pid %d: check %d failed: %s (errno %d)\n", file, line, (int)raw_getpid(), code, what, error);
    quit(code);
}

/* The thing under test. A code is used once in a program, so that the exit status names the line. */
#define CHECK(code, condition) \
    do { \
        _Static_assert((code) >= 1 && (code) <= 59, "1 to 59 are the tests' own codes"); \
        if (!(condition)) \
            failed(code, #condition, __FILE__, __LINE__); \
    } while (0)

/* What must hold before anything can be tested; failing here is neither the bare fault nor a pass. */
#define SETUP(condition) \
    do { \
        if (!(condition)) \
            failed(99, "set-up: " #condition, __FILE__, __LINE__); \
    } while (0)

/* This machine cannot show it (no root, no such call). The runner accepts it only from a test
 * whose comment says `may skip:`. */
#define SKIP(reason) \
    do { \
        line_to(2, "skip: %s\n", reason); \
        quit(77); \
    } while (0)

/* Armed before main, and again in each process that fork_ways.h starts: alarm(2) does not pass
 * to a child. */
static __attribute__((constructor)) void arm(void) { alarm(ALARM_SECONDS); }

/* Exit status of a waited-for process as one code: its own, or 128 + the signal that killed it. */
static inline int code_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

/* The other end closed without a word, so its process has ended: end as it ended. */
static MAYBE_UNUSED __attribute__((noreturn)) void other_end_gone(void) {
    int status;
    while (raw_call(SYS_wait4, -1, &status, 0, NULL) > 0) {
        if (status != 0) {
            line_to(2, "pid %d: a child ended with status %d while its line was waited on\n", (int)raw_getpid(), code_of(status));
            quit(code_of(status));
        }
    }
    line_to(2, "pid %d: the other end of the line is gone\n", (int)raw_getpid());
    quit(98);
}

/* Lets the process or thread at the other end of a pipe or socket go on. */
static MAYBE_UNUSED void tell(int fd) {
    if (raw_call(SYS_sendto, fd, "", 1, MSG_NOSIGNAL, NULL, 0) != 1 && (errno != ENOTSOCK || raw_write(fd, "", 1) != 1))
        other_end_gone();
}

/* Waits for one tell(). */
static MAYBE_UNUSED void await(int fd) {
    char byte;
    long size;
    do
        size = raw_read(fd, &byte, 1);
    while (size == -1 && errno == EINTR);
    if (size != 1)
        other_end_gone();
}

#define printf USE_say_INSTEAD
#define puts USE_say_INSTEAD
#define fprintf USE_say_INSTEAD
#define sleep USE_tell_AND_await_INSTEAD
#define usleep USE_tell_AND_await_INSTEAD
#define nanosleep USE_tell_AND_await_INSTEAD
#define exit USE_quit_OR_return_INSTEAD

#endif
