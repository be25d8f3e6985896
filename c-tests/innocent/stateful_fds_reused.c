/* The numbers of a timer, a signalfd and an inotify instance are closed past the library and opened again as pipes,
 * before the fork: parent and child read pipes, and whatever the library believed, nothing is said or refused.
 *
 * ways: all
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded shared-timerfd=report shared-signalfd=report shared-inotify=report: exit 0; nothing
 * guarded shared-timerfd=poison shared-signalfd=poison shared-inotify=poison: exit 0; nothing
 * guarded shared-timerfd=die shared-signalfd=die shared-inotify=die: exit 0; nothing
 * bare differs: no
 */
#include "stateful.h"

static int numbers[3];

static int child(void *none) {
    (void)none;
    struct itimerspec off = {0};
    sigset_t set = set_of(SIGUSR1, 0);
    char byte;
    for (int place = 0; place < 3; place++) {
        struct pollfd list = {numbers[place], POLLIN, 0};
        CHECK(20, poll(&list, 1, 0) == 1 && read(numbers[place], &byte, 1) == 1);
        CHECK(21, timerfd_settime(numbers[place], 0, &off, NULL) == -1 && errno == EINVAL);
        CHECK(22, signalfd(numbers[place], &set, 0) == -1 && errno == EINVAL);
        CHECK(23, inotify_rm_watch(numbers[place], 1) == -1 && errno == EINVAL);
    }
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    numbers[0] = new_timer(CLOCK_MONOTONIC, 3600, 3);
    numbers[1] = new_signalfd(SIGUSR1, 0);
    numbers[2] = inotify_init1(IN_CLOEXEC);
    for (int place = 0; place < 3; place++) {
        int ends[2];
        SETUP(raw_call(SYS_pipe2, ends, O_CLOEXEC) == 0);
        SETUP(raw_write(ends[1], "ab", 2) == 2 && raw_dup3(ends[0], numbers[place], 0) == numbers[place]);
    }
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    char byte;
    for (int place = 0; place < 3; place++)
        CHECK(12, read(numbers[place], &byte, 1) == 1 && byte == 'b');
    return 0;
}
