/* libev: signals to a forked child that goes on with the ev_loop it inherited, without ev_loop_fork(3). The
 * handler of a loop that is about to wait writes to the loop's eventfd, which a fork shares: the parent's
 * loop reads it, finds no signal of its own noted, and the child waits on. One child calls
 * ev_loop_fork() first, as it should. libev's release callback is where a loop begins to wait: there
 * the child lets its parent send the signal and run its loop.
 *
 * bare:    exit 14, the child does not hear its signals
 * guarded: exit 0; shared-wakeup repaired, inherited-poller repaired, perhaps handler-in-child reported
 * guarded mode=observe: exit 14; shared-wakeup reported, inherited-poller reported, perhaps handler-in-child reported */

#include "real.h"

#include <ev.h>

enum { SIGNALS = 50 };
enum kind { GOES_ON, FORKS_THE_LOOP };
static const char *const names[] = {"goes on", "forks the loop"};

static int heard;
static struct turns turns;

static void caught(struct ev_loop *loop, ev_signal *signal, int revents)
{
    (void)loop;
    (void)signal;
    (void)revents;
    heard += 1;
}

static void about_to_wait(struct ev_loop *loop)
{
    (void)loop;
    end_turn(&turns);
    await_turn(&turns); /* the signal has been delivered */
    end_turn(&turns);
    await_turn(&turns); /* the parent has looked */
}

static void has_waited(struct ev_loop *loop)
{
    (void)loop;
}

static void worker(enum kind kind, struct ev_loop *loop)
{
    arm();
    if (kind == FORKS_THE_LOOP) {
        ev_loop_fork(loop);
    }
    ev_run(loop, EVRUN_NOWAIT);
    ev_set_loop_release_cb(loop, about_to_wait, has_waited);
    for (int i = 0; i < SIGNALS; i++) {
        ev_run(loop, EVRUN_NOWAIT);
    }
    if (heard != SIGNALS) {
        dprintf(2, "%s: the child heard %d of its %d signals\n", names[kind], heard, SIGNALS);
    }
    _exit(heard == SIGNALS ? RIGHT : CHILD_DEAF);
}

static int parent(enum kind kind)
{
    ev_signal event;
    heard = 0;
    turns = open_turns();
    struct ev_loop *loop = ev_loop_new(EVBACKEND_EPOLL);
    need(loop && ev_backend(loop) == EVBACKEND_EPOLL, "libev does not use epoll here");
    ev_signal_init(&event, caught, SIGTERM);
    ev_signal_start(loop, &event);
    ev_run(loop, EVRUN_NOWAIT); /* libev tells the kernel only when the loop runs */

    pid_t pid = fork();
    need(pid >= 0, "fork failed");
    if (pid == 0) {
        worker(kind, loop);
    }
    for (int i = 0; i < SIGNALS; i++) {
        hear(turns.to_parent[0]); /* it is about to wait */
        kill(pid, SIGTERM);
        childs_turn(&turns);
        ev_run(loop, EVRUN_NOWAIT);
        tell(turns.to_child[1]);
    }
    int child = ended(pid), foreign = heard;

    heard = 0;
    raise(SIGTERM);
    ev_run(loop, EVRUN_NOWAIT);
    printf("%s: the parent heard %d of its child's signals, and its own %d times\n", names[kind], foreign, heard);
    ev_signal_stop(loop, &event);
    ev_loop_destroy(loop);
    return foreign ? FOREIGN : heard != 1 ? DEAF : child;
}

int main(void)
{
    int code = RIGHT;
    arm();
    for (enum kind kind = GOES_ON; kind <= FORKS_THE_LOOP; kind++) {
        int one = parent(kind);
        code = code == RIGHT ? one : code;
    }
    fflush(stdout);
    return code;
}
