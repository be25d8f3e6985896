/* libevent: signals to a forked child only, of a parent with a signal event. The C handler writes to
 * the base's socketpair, which a fork shares: the parent's base calls the parent's callback (libevent #307).
 * After each signal the parent runs its base, and then the child its own. One child goes on with the
 * base it inherited, one calls event_reinit(3) first, and one is sent a signal before it does.
 *
 * bare:    exit 13, the parent's callback is called for its child's signals
 * guarded: exit 0; shared-wakeup repaired, perhaps inherited-poller repaired, perhaps handler-in-child reported
 * guarded mode=observe: exit 13; shared-wakeup reported, perhaps inherited-poller reported, perhaps handler-in-child reported */

#include "real.h"

#include <event2/event.h>

enum { SIGNALS = 50 };
enum kind { GOES_ON, REINITS, IS_SENT_ONE_FIRST };
static const char *const names[] = {"goes on", "reinits", "is sent one first"};

static int heard;

static void caught(evutil_socket_t number, short what, void *unused)
{
    (void)number;
    (void)what;
    (void)unused;
    heard += 1;
}

/* What is ready now: the pair first, the signal events that it makes ready then. */
static void look(struct event_base *base)
{
    event_base_loop(base, EVLOOP_NONBLOCK);
    event_base_loop(base, EVLOOP_NONBLOCK);
}

static void worker(enum kind kind, struct event_base *base, const struct turns *turns)
{
    arm();
    await_turn(turns); /* a signal may have been sent, and has been delivered */
    end_turn(turns);
    await_turn(turns);
    if (kind != GOES_ON) {
        need(event_reinit(base) == 0, "event_reinit failed");
    }
    look(base);
    heard = 0; /* whether a signal before event_reinit is heard is libevent's affair */
    end_turn(turns);
    for (int i = 0; i < SIGNALS; i++) {
        await_turn(turns);
        end_turn(turns);
        await_turn(turns);
        look(base);
        end_turn(turns);
    }
    if (heard != SIGNALS) {
        dprintf(2, "%s: the child heard %d of its %d signals\n", names[kind], heard, SIGNALS);
    }
    _exit(heard == SIGNALS ? RIGHT : CHILD_DEAF);
}

static int parent(enum kind kind)
{
    heard = 0;
    struct event_base *base = event_base_new();
    need(base && strcmp(event_base_get_method(base), "epoll") == 0, "libevent does not use epoll here");
    struct event *event = evsignal_new(base, SIGTERM, caught, NULL);
    need(event && event_add(event, NULL) == 0, "libevent cannot watch a signal");
    look(base);
    struct turns turns = open_turns();

    pid_t pid = fork();
    need(pid >= 0, "fork failed");
    if (pid == 0) {
        worker(kind, base, &turns);
    }
    if (kind == IS_SENT_ONE_FIRST) {
        kill(pid, SIGTERM);
    }
    childs_turn(&turns);
    look(base);
    childs_turn(&turns);
    for (int i = 0; i < SIGNALS; i++) {
        kill(pid, SIGTERM);
        childs_turn(&turns);
        look(base);
        childs_turn(&turns);
    }
    int child = ended(pid), foreign = heard;

    heard = 0;
    raise(SIGTERM);
    look(base);
    printf("%s: the parent heard %d of its child's signals, and its own %d times\n", names[kind], foreign, heard);
    event_free(event);
    event_base_free(base);
    return foreign ? FOREIGN : heard != 1 ? DEAF : child;
}

int main(void)
{
    int code = RIGHT;
    arm();
    for (enum kind kind = GOES_ON; kind <= IS_SENT_ONE_FIRST; kind++) {
        int one = parent(kind);
        code = code == RIGHT || one == FOREIGN ? one : code;
    }
    fflush(stdout);
    return code;
}
