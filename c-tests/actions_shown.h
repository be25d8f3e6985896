/* Signal actions as a program sees them, with names for what differs from run to run: its own functions, and libc's way
 * back from a handler. */
#ifndef ACTIONS_SHOWN_H
#define ACTIONS_SHOWN_H

#include "transcript.h"
#include <gnu/libc-version.h>

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

/* What the kernel takes and gives: rt_sigaction(2). */
struct kernel_action {
    void (*handler)(int);
    unsigned long flags;
#if defined __x86_64__
    void (*restorer)(void);
#endif
    uint64_t mask;
};

static volatile sig_atomic_t ran[3];
static void first(int number) {
    (void)number;
    ran[0]++;
}
static MAYBE_UNUSED void second(int number) {
    (void)number;
    ran[1]++;
}
static MAYBE_UNUSED void with_info(int number, siginfo_t *info, void *context) {
    ran[2] += info->si_signo == number && context != NULL;
}

static const char *name_of(void (*handler)(int)) {
    return handler == SIG_DFL            ? "default"
           : handler == SIG_IGN          ? "ignore"
           : handler == SIG_ERR          ? "error"
           : handler == (void (*)(int))2 ? "hold"
           : handler == first            ? "first"
           : handler == second           ? "second"
           : (void *)handler == (void *)with_info ? "with_info"
                                         : "unknown";
}

static uint64_t bits(const sigset_t *set) {
    uint64_t all = 0;
    for (int number = 1; number <= 64; number++)
        all |= (uint64_t)(sigismember(set, number) == 1) << (number - 1);
    return all;
}

/* Where libc's code is, by a function of it that nobody hooks. */
static long from_libc(void (*restorer)(void)) { return restorer == NULL ? 0 : (long)((char *)restorer - (char *)gnu_get_libc_version); }

static MAYBE_UNUSED void show_action(const char *when, int number) {
    struct sigaction action;
    memset(&action, 0x5a, sizeof action);
    errno = ODD;
    int result = sigaction(number, NULL, &action);
    if (result == -1)
        say("  %s: signal %d = -1, errno %d\n", when, number, errno);
    else
        say("  %s: signal %d: %s, flags %x, mask %llx, restorer %ld, errno %d\n", when, number, name_of(action.sa_handler), (unsigned int)action.sa_flags,
            (unsigned long long)bits(&action.sa_mask), from_libc(action.sa_restorer), errno);
    struct kernel_action kernel;
    memset(&kernel, 0, sizeof kernel);
    errno = ODD;
    long answer = syscall(SYS_rt_sigaction, number, NULL, &kernel, 8);
    say("  by syscall: %ld, %s, flags %lx, mask %llx, errno %d\n", answer, name_of(kernel.handler), kernel.flags, (unsigned long long)kernel.mask, errno);
}

/* Every signal that is not as it was at the start of a program. */
static MAYBE_UNUSED void show_actions(const char *when) {
    for (int number = -1; number <= 66; number++) {
        struct sigaction action;
        errno = ODD;
        int result = sigaction(number, NULL, &action);
        if (result == -1 || action.sa_handler != SIG_DFL)
            show_action(when, number);
    }
}

static MAYBE_UNUSED uint64_t kernel_mask(void) {
    uint64_t now = 0;
    SETUP(raw_call(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &now, 8) == 0);
    return now;
}

/* The lines of /proc/self/status (proc(5)) about signals. */
static MAYBE_UNUSED void show_status(const char *when) {
    static const char *const KEYS[] = {"SigPnd", "ShdPnd", "SigBlk", "SigIgn", "SigCgt"};
    char text[8192] = "";
    int fd = (int)raw_call(SYS_openat, AT_FDCWD, "/proc/thread-self/status", O_RDONLY);
    SETUP(fd != -1);
    for (long size = 1, total = 0; size > 0; total += size)
        size = raw_read(fd, text + total, sizeof text - 1 - (size_t)total);
    raw_close(fd);
    say("  %s:", when);
    for (size_t place = 0; place < sizeof KEYS / sizeof *KEYS; place++) {
        const char *line = strstr(text, KEYS[place]);
        SETUP(line != NULL);
        say(" %s %.16s", KEYS[place], line + strlen(KEYS[place]) + 2);
    }
    say("\n");
}

/* Runs in a fresh process, in one that has forked, in its child, in a thread of that one, and in a vfork child, which has
 * actions of its own but its parent's memory. */
static MAYBE_UNUSED void *in_thread(void *run) { return (void *)(intptr_t)((kid_main *)(intptr_t)run)(NULL); }

static MAYBE_UNUSED int in_every_way(int argc, char **argv, kid_main *run) {
    SETUP(argc == 2);
    if (strcmp(argv[1], "thread") == 0 || strcmp(argv[1], "vfork") == 0) {
        struct kid kid = start(PLAIN_FORK, idle, NULL);
        await(kid.line);
        if (strcmp(argv[1], "thread") == 0) {
            pthread_t thread;
            SETUP(pthread_create(&thread, NULL, in_thread, (void *)(intptr_t)run) == 0 && pthread_join(thread, NULL) == 0);
        } else {
            struct sigaction action = {.sa_handler = second};
            SETUP(sigaction(SIGXCPU, &action, NULL) == 0 && sigaction(SIGUSR1, &action, NULL) == 0);
            pid_t pid = vfork();
            if (pid == 0)
                _exit(run(NULL));
            int status;
            while (waitpid(pid, &status, 0) == -1)
                SETUP(errno == EINTR);
            say("its code %d\n", code_of(status));
            show_actions("after the vfork child");
            ran[0] = ran[1] = 0;
            SETUP(raise(SIGXCPU) == 0 && raise(SIGUSR1) == 0);
            say("ran %d %d\n", (int)ran[0], (int)ran[1]);
        }
        tell(kid.line);
        ended(&kid);
        return 0;
    }
    return in_the_way(argc, argv, run);
}

#endif
