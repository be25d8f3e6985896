/* Descriptors with a state of their own, and the kernel's account of it: proc(5), fdinfo. All reads go past every hook. */
#ifndef STATEFUL_H
#define STATEFUL_H

#include "fork_ways.h"
#include "poller.h"
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

struct state {
    int clock, settime_flags;
    unsigned flags; /* O_NONBLOCK, O_CLOEXEC */
    unsigned long long ticks, mask;
    double left, interval;
    int watches;
};

static MAYBE_UNUSED struct state state_of(int fd) {
    static struct interest_list list;
    struct state state = {0};
    unsigned long long seconds, nanos;
    read_list(fd, &list);
    for (char *line = strtok(list.text, "\n"); line; line = strtok(NULL, "\n")) {
        (void)(sscanf(line, "clockid: %d", &state.clock) || sscanf(line, "settime flags: %o", (unsigned *)&state.settime_flags) ||
               sscanf(line, "ticks: %llu", &state.ticks) || sscanf(line, "sigmask: %llx", &state.mask) ||
               sscanf(line, "flags: %o", &state.flags));
        if (sscanf(line, "it_value: (%llu, %llu)", &seconds, &nanos) == 2)
            state.left = (double)seconds + (double)nanos / 1e9;
        if (sscanf(line, "it_interval: (%llu, %llu)", &seconds, &nanos) == 2)
            state.interval = (double)seconds + (double)nanos / 1e9;
        state.watches += strncmp(line, "inotify wd:", 11) == 0;
    }
    return state;
}

/* The same state: what is left of a timer may have run down by a minute in between, on a very busy machine. */
static MAYBE_UNUSED bool same_state(struct state before, struct state after) {
    double run = before.left - after.left;
    return before.clock == after.clock && before.settime_flags == after.settime_flags && before.flags == after.flags &&
           before.ticks == after.ticks && before.mask == after.mask && before.interval == after.interval &&
           before.watches == after.watches && (before.left == 0) == (after.left == 0) && run > -0.01 && run < 60;
}

/* Seconds and fractions of them. */
static MAYBE_UNUSED struct timespec span(double seconds) {
    time_t whole = (time_t)seconds;
    return (struct timespec){whole, (long)((seconds - (double)whole) * 1e9)};
}

static MAYBE_UNUSED int set_timer(int timer, int flags, double value, double interval) {
    struct itimerspec wanted = {.it_value = span(value), .it_interval = span(interval)};
    return timerfd_settime(timer, flags, &wanted, NULL);
}

static MAYBE_UNUSED int new_timer(int clock, double value, double interval) {
    int timer = timerfd_create(clock, TFD_CLOEXEC | TFD_NONBLOCK);
    SETUP(timer != -1 && set_timer(timer, 0, value, interval) == 0);
    return timer;
}

/* One that has expired, and nobody has read it. */
static MAYBE_UNUSED int expired_timer(void) {
    int timer = new_timer(CLOCK_MONOTONIC, 1e-9, 0);
    struct pollfd list = {timer, POLLIN, 0};
    SETUP(poll(&list, 1, -1) == 1);
    return timer;
}

/* Ticks by read(2), which is under test; 0 where there are none. */
static MAYBE_UNUSED uint64_t ticks_of(int timer) {
    uint64_t ticks;
    ssize_t size = read(timer, &ticks, sizeof ticks);
    SETUP(size == sizeof ticks || (size == -1 && errno == EAGAIN));
    return size == -1 ? 0 : ticks;
}

static MAYBE_UNUSED sigset_t set_of(int one, int other) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, one);
    if (other != 0)
        sigaddset(&set, other);
    return set;
}

/* The two signals, blocked, as programs with a signalfd have them. */
static MAYBE_UNUSED void block_signals(void) {
    sigset_t set = set_of(SIGUSR1, SIGHUP);
    SETUP(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0);
}

static MAYBE_UNUSED int new_signalfd(int one, int other) {
    sigset_t set = set_of(one, other);
    int signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    SETUP(signals != -1);
    return signals;
}

static MAYBE_UNUSED int change_mask(int signals, int one, int other) {
    sigset_t set = set_of(one, other);
    return signalfd(signals, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* The next signal, 0 for none. */
static MAYBE_UNUSED int signal_from(int signals) {
    struct signalfd_siginfo info;
    ssize_t size = read(signals, &info, sizeof info);
    SETUP(size == sizeof info || (size == -1 && errno == EAGAIN));
    return size == -1 ? 0 : (int)info.ssi_signo;
}

static MAYBE_UNUSED bool same_file(pid_t pid, int fd) {
    long order = raw_call(SYS_kcmp, raw_getpid(), pid, 0 /* KCMP_FILE */, fd, fd);
    SETUP(order >= 0);
    return order == 0;
}

#endif
