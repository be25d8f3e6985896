/* A loop is given four events, and the handler of the first does away with the third, whose event is still to come: bare, it is
 * handled for what is gone (epoll(7), "If using an event cache"). Guarded it is named; with repair there is
 * never more than one event at a time.
 *
 * ways: del del_by_number close close_range dup2 fclose reopened pwait pwait2 by_number threaded
 * bare: exit 11
 * guarded: exit 11; stale-event reported x1
 * guarded mode=observe stale-event=repair: exit 11; stale-event reported x1
 * guarded stale-event=repair: exit 0; nothing
 * guarded stale-event=poison: exit 0; nothing
 * guarded stale-event=off: exit 11; nothing
 * guarded stale-event=die: exit 66; stale-event died x1
 */
#include "poller.h"

enum { PIPES = 4, TURNS = 3 };

static void *ends(void *none) { return none; }

static int wait_for(const char *way, int poller, struct epoll_event *events, int room) {
    if (strcmp(way, "pwait") == 0)
        return epoll_pwait(poller, events, room, 0, NULL);
    if (strcmp(way, "pwait2") == 0)
        return epoll_pwait2(poller, events, room, &(struct timespec){0, 0}, NULL);
    if (strcmp(way, "by_number") == 0)
        return (int)syscall(SYS_epoll_pwait, poller, events, room, 0, NULL, 0);
    return epoll_wait(poller, events, room, 0);
}

static void remove_it(const char *way, int poller, int fd) {
    if (strcmp(way, "del") == 0) {
        SETUP(del(poller, fd) == 0);
    } else if (strcmp(way, "del_by_number") == 0) {
        SETUP(syscall(SYS_epoll_ctl, poller, EPOLL_CTL_DEL, fd, NULL) == 0);
    } else if (strcmp(way, "close_range") == 0) {
        SETUP(close_range((unsigned)fd, (unsigned)fd, 0) == 0);
    } else if (strcmp(way, "dup2") == 0) {
        SETUP(dup2(2, fd) == fd);
    } else if (strcmp(way, "fclose") == 0) {
        FILE *stream = fdopen(fd, "r");
        SETUP(stream != NULL && fclose(stream) == 0);
    } else {
        SETUP(close(fd) == 0);
        if (strcmp(way, "reopened") == 0) {
            struct line_pipe fresh = new_pipe();
            SETUP(fresh.out == fd && add(poller, fd, EPOLLIN, 8) == 0);
        }
    }
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    int wrong = 0;
    if (strcmp(argv[1], "threaded") == 0) {
        pthread_t thread;
        SETUP(pthread_create(&thread, NULL, ends, NULL) == 0 && pthread_join(thread, NULL) == 0);
    }
    int poller = new_poller();
    /* Said once, however often it happens. */
    for (int turn = 0; turn < TURNS; turn++) {
        struct line_pipe pipes[PIPES];
        bool gone[PIPES] = {false};
        for (int place = 0; place < PIPES; place++) {
            pipes[place] = new_pipe();
            SETUP(add(poller, pipes[place].out, EPOLLIN, (uint64_t)place) == 0);
            fill(pipes[place]);
        }
        struct epoll_event events[PIPES];
        for (int count; (count = wait_for(argv[1], poller, events, PIPES)) > 0;) {
            for (int place = 0; place < count; place++) {
                uint64_t which = events[place].data.u64;
                SETUP(which < PIPES);
                wrong += gone[which];
                char byte;
                if (!gone[which])
                    SETUP(raw_read(pipes[which].out, &byte, 1) == 1);
                if (which == 0) {
                    remove_it(argv[1], poller, pipes[2].out);
                    gone[2] = true;
                }
            }
        }
        for (int place = 0; place < PIPES; place++) {
            if (!gone[place])
                SETUP(del(poller, pipes[place].out) == 0);
            raw_close(pipes[place].out);
            raw_close(pipes[place].in);
        }
    }
    CHECK(11, wrong == 0);
    return 0;
}
