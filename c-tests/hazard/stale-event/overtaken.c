/* A thread has been given an event, and has not come out of its wait yet; another removes the registration, in each way there
 * is. Bare, the event of what is gone comes out.
 *
 * ways: del del_by_number close close_by_number close_range dup2 fclose reopened two_pollers pwait pwait2 by_number at_once
 * bare: exit 11
 * guarded: exit 11; stale-event reported x1
 * guarded mode=observe stale-event=repair: exit 11; stale-event reported x1
 * guarded stale-event=repair: exit 0; stale-event repaired x1
 * guarded stale-event=poison: exit 0; stale-event repaired x1
 * guarded stale-event=off: exit 11; nothing
 * guarded stale-event=die: exit 66; stale-event died x1
 * may skip: needs ptrace
 */
#include "held.h"

static int wait_by_pwait(int poller, struct epoll_event *events, int room) { return epoll_pwait(poller, events, room, -1, NULL); }
static int wait_by_pwait2(int poller, struct epoll_event *events, int room) {
    return epoll_pwait2(poller, events, room, NULL, NULL);
}
static int wait_by_number(int poller, struct epoll_event *events, int room) {
    return (int)syscall(SYS_epoll_pwait, poller, events, room, -1, NULL, 0);
}

static int wait_at_once(int poller, struct epoll_event *events, int room) { return epoll_wait(poller, events, room, 0); }

static struct line_pipe later;

static void remove_it(const char *way, int poller, int fd) {
    if (strcmp(way, "del_by_number") == 0) {
        SETUP(syscall(SYS_epoll_ctl, poller, EPOLL_CTL_DEL, fd, NULL) == 0);
    } else if (strcmp(way, "close") == 0) {
        SETUP(close(fd) == 0);
    } else if (strcmp(way, "close_by_number") == 0) {
        SETUP(syscall(SYS_close, fd) == 0);
    } else if (strcmp(way, "close_range") == 0) {
        SETUP(close_range((unsigned)fd, (unsigned)fd, 0) == 0);
    } else if (strcmp(way, "dup2") == 0) {
        SETUP(dup2(2, fd) == fd);
    } else if (strcmp(way, "fclose") == 0) {
        FILE *stream = fdopen(fd, "r");
        SETUP(stream != NULL && fclose(stream) == 0);
    } else if (strcmp(way, "reopened") == 0) {
        SETUP(close(fd) == 0);
        later = new_pipe();
        SETUP(later.out == fd && add(poller, later.out, EPOLLIN, 8) == 0);
    } else {
        SETUP(del(poller, fd) == 0);
    }
}

static int run(const char *way) {
    int poller = new_poller(), other = new_poller();
    struct line_pipe pipe = new_pipe(), elsewhere = new_pipe();
    SETUP(add(poller, pipe.out, EPOLLIN, 7) == 0);
    if (strcmp(way, "two_pollers") == 0)
        SETUP(add(other, elsewhere.out, EPOLLIN, 7) == 0 && add(other, pipe.out, EPOLLIN, 7) == 0);
    fill(pipe);
    hold_a_waiter(poller, 8,
                  strcmp(way, "pwait") == 0       ? wait_by_pwait
                  : strcmp(way, "pwait2") == 0    ? wait_by_pwait2
                  : strcmp(way, "by_number") == 0 ? wait_by_number
                  : strcmp(way, "at_once") == 0   ? wait_at_once
                                                  : usual_wait);
    remove_it(way, poller, pipe.out);
    let_the_waiter_go();
    CHECK(11, waiter.answer != 1);
    /* A call that does not wait is never interrupted. */
    if (strcmp(way, "at_once") == 0)
        CHECK(16, waiter.answer == 0);
    else
        CHECK(12, waiter.answer == -1 && waiter.error == EINTR);
    /* What is registered since then comes. */
    struct epoll_event event;
    if (strcmp(way, "reopened") == 0) {
        fill(later);
        CHECK(13, epoll_wait(poller, &event, 1, -1) == 1 && event.data.u64 == 8);
    } else if (strcmp(way, "two_pollers") == 0) {
        CHECK(14, epoll_wait(other, &event, 1, -1) == 1 && event.data.u64 == 7);
    }
    CHECK(15, strcmp(way, "reopened") == 0 || epoll_wait(poller, &event, 1, 0) == 0);
    return 0;
}

int main(int argc, char **argv) { return traced(argc, argv, run); }
