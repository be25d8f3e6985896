/* Timers, signalfds and inotify instances, and children that do nothing wrong with them: close them; make their own,
 * under the same numbers; watch an instance without reading; ask a timer what is left; run a program; go on alone after
 * the parent has closed its own. Parent and child then use what is theirs.
 *
 * ways: all
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded mode=strict: exit 0; nothing
 * guarded shared-timerfd=die shared-signalfd=die shared-inotify=die: exit 0; nothing
 * bare differs: no
 */
#include "stateful.h"

static int timer, signals, instance, unread, poller;

static void use_own(void) {
    block_signals();
    int own_timer = expired_timer(), own_signals = new_signalfd(SIGUSR1, 0), own_instance = inotify_init1(IN_NONBLOCK);
    char event[64];
    say("own: %d %d %d\n", own_timer, own_signals, own_instance);
    CHECK(20, ticks_of(own_timer) == 1 && set_timer(own_timer, 0, 0, 0) == 0);
    CHECK(21, change_mask(own_signals, SIGHUP, 0) == own_signals && signal_from(own_signals) == 0);
    CHECK(22, inotify_add_watch(own_instance, "/", IN_CREATE) == 1 && inotify_rm_watch(own_instance, 1) == 0);
    CHECK(23, read(own_instance, event, sizeof event) == 16);
    CHECK(24, close(own_timer) == 0 && close(own_signals) == 0 && close(own_instance) == 0);
}

static int closes(void *none) {
    (void)none;
    CHECK(30, close(poller) == 0 && close(timer) == 0 && close(signals) == 0 && close(instance) == 0 && close(unread) == 0);
    use_own();
    return 0;
}

static int looks(void *none) {
    (void)none;
    struct itimerspec left;
    int own = new_poller();
    struct pollfd list = {unread, POLLIN, 0};
    CHECK(31, timerfd_gettime(timer, &left) == 0 && left.it_interval.tv_sec == 3);
    CHECK(32, add(own, unread, EPOLLIN, 1) == 0 && ready(own) == BIT(1) && del(own, unread) == 0);
    CHECK(33, poll(&list, 1, 0) == 1);
    CHECK(34, fcntl(timer, F_SETFD, 0) == 0 && fcntl(timer, F_SETFD, FD_CLOEXEC) == 0);
    use_own();
    return 0;
}

static int runs_program(void *none) {
    (void)none;
    char *arguments[] = {"true", NULL};
    execv("/bin/true", arguments);
    return 35;
}

/* The parent has closed all by then. */
static int goes_on(void *none) {
    (void)none;
    char event[64];
    await(up);
    CHECK(36, set_timer(timer, 0, 1e-9, 0) == 0);
    CHECK(37, inotify_rm_watch(instance, 1) == 0 && read(instance, event, sizeof event) == 16);
    return 0;
}

static void has_all(const struct way *way, kid_main *run) {
    struct kid kid = start(way, run, NULL);
    ended(&kid);
    say("%d %d %d\n", state_of(timer).interval == 3, state_of(signals).mask == UINT64_C(1) << (SIGHUP - 1), state_of(instance).watches);
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    poller = new_poller();
    timer = new_timer(CLOCK_MONOTONIC, 3600, 3);
    signals = new_signalfd(SIGHUP, 0);
    instance = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    unread = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    SETUP(inotify_add_watch(instance, "/", IN_CREATE) == 1);
    SETUP(inotify_add_watch(unread, "/", IN_CREATE) == 1 && inotify_rm_watch(unread, 1) == 0);
    has_all(way, closes);
    has_all(way, looks);
    has_all(way, runs_program);
    struct kid kid = start(way, goes_on, NULL);
    CHECK(12, close(timer) == 0 && close(instance) == 0);
    tell(kid.line);
    ended(&kid);
    use_own();
    return 0;
}
