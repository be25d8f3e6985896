/* The checked functions that -D_FORTIFY_SOURCE=2 calls in place of poll, ppoll and FD_SET: the same answers, and a
 * list that is too short still ends the program with SIGABRT, also where a loop was inherited.
 *
 * ways: fine poll ppoll fd_set poll.child ppoll.child fd_set.child
 * bare: exit 0
 * guarded: exit 0; nothing
 * bare differs: no
 * stderr: not compared
 */
#define _FORTIFY_SOURCE 2
#include "transcript.h"

extern int __poll_chk(struct pollfd *, nfds_t, int, size_t);
extern int __ppoll_chk(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *, size_t);
extern long __fdelt_chk(long);

static struct line_pipe line_one;

/* Sizes that the compiler knows and counts that it does not, so that the calls are the checked ones. */
static int fine(void) {
    struct pollfd list[2] = {{line_one.out, POLLIN, 0}, {line_one.in, POLLOUT, 0}};
    struct timespec none_left = {0, 0};
    volatile nfds_t two = 2, one = 1, none = 0;
    T(poll(list, two, 0));
    T(list[0].revents * 100 + list[1].revents);
    T(poll(list, one, 0));
    T(poll(list, none, 0));
    T(ppoll(list, two, &none_left, NULL));
    T(__poll_chk(list, two, -1, sizeof list));
    T(__poll_chk(NULL, 0, 0, 0));
    struct pollfd *volatile nothing = NULL;
    T(__poll_chk(nothing, one, 0, sizeof list));
    T(__ppoll_chk(list, two, NULL, NULL, sizeof list));
    T(__ppoll_chk(NOWHERE, one, &none_left, NULL, sizeof list));
    T(__fdelt_chk(63));
    T(__fdelt_chk(64));
    return 0;
}

static int ending(void *way) {
    struct pollfd list[2] = {{line_one.out, POLLIN, 0}, {line_one.in, POLLOUT, 0}};
    struct timespec none_left = {0, 0};
    volatile nfds_t three = 3;
    volatile int far = FD_SETSIZE;
    raw_close(2); /* what libc says about it */
    if (strncmp(way, "poll", 4) == 0)
        return poll(list, three, 0);
    if (strncmp(way, "ppoll", 5) == 0)
        return ppoll(list, three, &none_left, NULL);
    fd_set set;
    FD_ZERO(&set);
    FD_SET(far, &set);
    return FD_ISSET(3, &set);
}

static int in_child(void *way) {
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    return ending(way);
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    line_one = new_pipe();
    if (strcmp(argv[1], "fine") == 0)
        return fine();
    int poller = new_poller(); /* the child's poll has something to look for */
    if (strchr(argv[1], '.') != NULL)
        SETUP(add(poller, line_one.out, EPOLLIN, 1) == 0);
    struct kid kid = start(PLAIN_FORK, in_child, argv[1]);
    T(code_from(&kid));
    return 0;
}
