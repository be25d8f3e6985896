/* libevent: a worker frees the event_base it inherited, without event_reinit(3) before,
 * and starts afresh with its own. event_base_free() deletes every event of the base from
 * the epoll instance, which is the parent's too: the parent goes deaf.
 *
 * bare:    exit 12, the parent does not hear its pipe
 * guarded: exit 0; inherited-poller repaired x1
 * guarded mode=observe: exit 12; inherited-poller reported x1 */

#include "real.h"

#include <event2/event.h>

static int heard;

static void ready(evutil_socket_t fd, short what, void *unused)
{
    char byte;
    (void)what;
    (void)unused;
    heard += read(fd, &byte, 1) == 1;
}

static struct event *watch(struct event_base *base, int fd)
{
    struct event *event = event_new(base, fd, EV_READ | EV_PERSIST, ready, NULL);
    need(event && event_add(event, NULL) == 0, "libevent cannot watch a pipe");
    return event;
}

static struct event_base *open_base(void)
{
    struct event_base *base = event_base_new();
    need(base && strcmp(event_base_get_method(base), "epoll") == 0, "libevent does not use epoll here");
    return base;
}

static void worker(struct event_base *inherited)
{
    int own[2];
    arm();
    event_base_free(inherited);

    struct event_base *base = open_base();
    need(pipe(own) == 0, "pipe failed");
    watch(base, own[0]);
    tell(own[1]);
    event_base_loop(base, EVLOOP_NONBLOCK);
    _exit(heard == 1 ? RIGHT : CHILD_DEAF);
}

int main(void)
{
    int mine[2];
    arm();
    struct event_base *base = open_base();
    need(pipe(mine) == 0, "pipe failed");
    watch(base, mine[0]);

    pid_t pid = fork();
    need(pid >= 0, "fork failed");
    if (pid == 0) {
        worker(base);
    }
    int child = ended(pid);

    tell(mine[1]);
    until_ready(mine[0]);
    event_base_loop(base, EVLOOP_NONBLOCK);
    if (heard == 0) {
        end(DEAF, "the parent's pipe is ready, its event_base hears nothing");
    }
    if (child != RIGHT) {
        end(child, "the child ended with this code");
    }
    puts("parent and child each heard their own pipe");
    return RIGHT;
}
