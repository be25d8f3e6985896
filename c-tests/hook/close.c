/* close, close_range and closefrom: results, errno, and what is open afterwards, also of numbers that a loop
 * watches, and of loops.
 *
 * ways: fresh forked child grown
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded mode=observe: exit 0; nothing
 * guarded inherited-poller=off phantom-event=off: exit 0; nothing
 * bare differs: no
 */
#include "transcript.h"
#include <linux/close_range.h>

extern int __close(int);

/* Which of the first numbers are open, and which of them close on exec. */
static void show_open(void) {
    char text[64];
    for (int fd = 0; fd < 60; fd++) {
        long flags = raw_call(SYS_fcntl, fd, F_GETFD);
        text[fd] = flags == -1 ? '.' : flags & FD_CLOEXEC ? 'c' : 'o';
    }
    say("  %.60s\n", text);
}

/* closefrom(-5) closes 1 as well, and the transcript goes there. */
static int close_everything(void *poller) {
    closefrom(*(int *)poller);
    show_open();
    closefrom(-5);
    return fcntl(0, F_GETFD) == -1 && errno == EBADF && fcntl(1, F_GETFD) == -1 ? 7 : 8;
}

static int run(void *none) {
    (void)none;
    T(close(CLOSED));
    T(close(-1));
    T(close(INT32_MAX));
    T(close(INT32_MIN));
    T(__close(CLOSED));
    int one = open("/dev/null", O_RDONLY);
    T(close(one));
    T(close(one));
    /* With a loop. */
    int poller = epoll_create1(0), other = epoll_create1(EPOLL_CLOEXEC);
    struct line_pipe pipes[8];
    for (int place = 0; place < 8; place++) {
        pipes[place] = new_lasting_pipe();
        SETUP(add(place & 1 ? poller : other, pipes[place].out, EPOLLIN, 3) == 0);
        SETUP(add(place & 2 ? poller : other, pipes[place].in, EPOLLOUT, 3) == 0);
    }
    show_open();
    T(close(pipes[0].out));
    T(close(pipes[0].out));
    T(__close(pipes[0].in));
    T(close_range(pipes[1].out, pipes[1].in, 0));
    T(close_range(pipes[1].out, pipes[1].in, 0));
    T(close_range(pipes[2].in, pipes[2].out, 0));
    T(close_range(CLOSED, CLOSED + 10, 0));
    T(close_range(pipes[2].out, pipes[2].out, 0));
    show_open();
    T(close_range(pipes[3].out, pipes[4].in, CLOSE_RANGE_CLOEXEC));
    show_open();
    T(ready(poller) + ready(other));
    T(close_range(pipes[5].out, pipes[5].in, 64));
    T(close_range(0, 0, 1 << 30));
    T(close_range(~0U, 0, 0));
    T(close_range(~0U, ~0U, 0));
    T(close_range(pipes[5].out, pipes[5].in, CLOSE_RANGE_UNSHARE));
    T(close_range(pipes[6].out, pipes[6].out, CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC));
    show_open();
    T(ready(poller));
    T(ready(other));
    T(close(other));
    T(ready(other));
    T(epoll_create1(0));
    T(ready(other));
    show_open();
    /* The long ones last: what the test itself needs lives above 200. */
    T(close_range(3, 199, 0));
    show_open();
    struct line_pipe again = new_pipe();
    T(again.out * 100 + again.in);
    poller = epoll_create1(0);
    SETUP(add(poller, again.out, EPOLLIN, 1) == 0 && add(poller, again.in, EPOLLOUT, 2) == 0);
    T(ready(poller));
    struct kid kid = start(PLAIN_FORK, close_everything, &poller);
    T(code_from(&kid));
    return 0;
}

int main(int argc, char **argv) { return in_the_way(argc, argv, run); }
