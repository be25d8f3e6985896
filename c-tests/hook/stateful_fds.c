/* The calls that make and use timers, signalfds and inotify instances, right and wrong: result and errno, and the same by
 * number.
 *
 * ways: fresh forked child grown
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded mode=observe: exit 0; nothing
 * bare differs: no
 */
#include "transcript.h"
#include "stateful.h"

#pragma GCC diagnostic ignored "-Warray-bounds"

static int run(void *none) {
    (void)none;
    struct itimerspec wanted = {.it_value = {3600, 7}, .it_interval = {5, 3}}, wrong = {.it_value = {1, 1000000000}}, before;
    sigset_t set = set_of(SIGUSR1, SIGHUP);
    int timer, signals, instance, pipe_ = new_pipe().out;
    char text[64];
    T(timerfd_create(77, 0));
    T(timerfd_create(CLOCK_MONOTONIC, 1));
    T(timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
    T(timerfd_settime(timer, 0, &wrong, NULL));
    T(timerfd_settime(timer, 64, &wanted, NULL));
    T(timerfd_settime(timer, 0, NULL, NULL));
    T(timerfd_settime(timer, 0, &wanted, &before));
    T(before.it_value.tv_sec + before.it_interval.tv_nsec);
    T(timerfd_settime(CLOSED, 0, &wanted, NULL));
    T(timerfd_settime(-1, 0, &wanted, NULL));
    T(timerfd_settime(pipe_, 0, &wanted, NULL));
    T(read(timer, text, 8));
    T(read(timer, text, 7));
    T(signalfd(-1, &set, 1));
    T(signalfd(-2, &set, 0));
    T(signals = signalfd(-1, &set, SFD_NONBLOCK));
    T(signalfd(signals, &set, SFD_CLOEXEC));
    T(fcntl(signals, F_GETFD));
    T(signalfd(signals, &set, 1));
    T(signalfd(pipe_, &set, 0));
    T(signalfd(CLOSED, &set, 0));
    T(read(signals, text, 64));
    T(instance = inotify_init());
    T(close(instance));
    T(inotify_init1(1));
    T(instance = inotify_init1(IN_NONBLOCK));
    T(inotify_add_watch(instance, "/", IN_CREATE));
    T(inotify_add_watch(instance, "/nothing here", IN_CREATE));
    T(inotify_add_watch(instance, "/", 0));
    T(inotify_add_watch(pipe_, "/", IN_CREATE));
    T(inotify_add_watch(CLOSED, "/", IN_CREATE));
    T(inotify_rm_watch(instance, 5));
    T(inotify_rm_watch(pipe_, 1));
    T(inotify_rm_watch(instance, 1));
    T(read(instance, text, 64));
    T(dup2(timer, signals));
    T(signalfd(signals, &set, 0));
    T(timerfd_settime(signals, 0, &wanted, &before));
    T(close(timer));
    T(timerfd_settime(timer, 0, &wanted, NULL));
    T(close(signals));
    T(close(instance));
    T(timer = (int)syscall(SYS_timerfd_create, CLOCK_MONOTONIC, TFD_NONBLOCK));
    T(syscall(SYS_timerfd_create, CLOCK_MONOTONIC, 1));
    T(syscall(SYS_timerfd_settime, timer, 0, &wanted, &before));
    T(syscall(SYS_timerfd_settime, CLOSED, 0, &wanted, NULL));
    T(signals = (int)syscall(SYS_signalfd4, -1, &set, 8, SFD_NONBLOCK));
    T(syscall(SYS_signalfd4, signals, &set, 8, SFD_NONBLOCK));
    T(syscall(SYS_signalfd4, signals, &set, 9, 0));
    T(syscall(SYS_signalfd4, pipe_, &set, 8, 0));
#ifdef SYS_signalfd
    T(syscall(SYS_signalfd, signals, &set, 8));
    T(syscall(SYS_signalfd, -1, &set, 9));
#endif
#ifdef SYS_inotify_init
    T(instance = (int)syscall(SYS_inotify_init));
    T(close(instance));
#endif
    T(instance = (int)syscall(SYS_inotify_init1, IN_NONBLOCK));
    T(syscall(SYS_inotify_add_watch, instance, "/", IN_CREATE));
    T(syscall(SYS_inotify_rm_watch, instance, 1));
    T(syscall(SYS_inotify_rm_watch, instance, 1));
    T(close_range((unsigned)timer, (unsigned)instance, 0));
    T(syscall(SYS_timerfd_settime, timer, 0, &wanted, NULL));
    return 0;
}

int main(int argc, char **argv) { return in_the_way(argc, argv, run); }
