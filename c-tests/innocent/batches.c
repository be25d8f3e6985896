/* Loops that do away with descriptors in the middle of a batch, and are right to: each after its event was handled, at the end
 * of a stream, with input unread, without a read at all, in a child that was made within the batch. Nothing is said.
 *
 * ways: none
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded mode=observe: exit 0; nothing
 * guarded stale-event=repair: exit 0; nothing
 * bare differs: no
 */
#include "poller.h"

enum { MANY = 6 };

static int poller, left;
static struct line_pipe pipes[MANY];

static void take(int place) {
    char byte;
    SETUP(raw_read(pipes[place].out, &byte, 1) == 1);
}

static void closes(int place) {
    take(place);
    SETUP(close(pipes[place].out) == 0);
}

static void deletes(int place) {
    take(place);
    SETUP(del(poller, pipes[place].out) == 0 && close(pipes[place].out) == 0);
}

static void at_the_end(int place) {
    char byte;
    take(place);
    SETUP(raw_close(pipes[place].in) == 0);
    SETUP(raw_read(pipes[place].out, &byte, 1) == 0 && close(pipes[place].out) == 0);
}

/* Each leaves input unread when it closes. */
static void leaves_some(int place) {
    fill(pipes[place]);
    closes(place);
}

/* Nothing is read, as where one ends in the middle of a batch. */
static void all_unread(int place) {
    if (left == MANY) {
        for (int each = 0; each < MANY; each++)
            SETUP(close(pipes[each].out) == 0);
    }
    (void)place;
}

/* Those before it go when a later one is handled; the last takes itself along. */
static void one_behind(int place) {
    take(place);
    if (place > 0)
        SETUP(close(pipes[place - 1].out) == 0);
    if (place == MANY - 1)
        SETUP(close(pipes[place].out) == 0);
}

/* The first takes all there is and does away with all of them; their events find nothing to do. */
static void all_by_the_first(int place) {
    if (left < MANY)
        return;
    (void)place;
    for (int each = 0; each < MANY; each++)
        deletes(each);
}

/* The child that a handler makes closes what it does not need. */
static void in_a_child(int place) {
    pid_t child = left == MANY ? fork() : 0;
    if (child == 0 && left == MANY) {
        for (int each = 0; each < MANY; each++)
            SETUP(close(pipes[each].out) == 0);
        SETUP(close(poller) == 0);
        quit(0);
    }
    int status = 0;
    SETUP(child == 0 || (raw_call(SYS_wait4, child, &status, 0, NULL) == child && status == 0));
    closes(place);
}

static void (*const HANDLERS[])(int) = {closes,       deletes,    at_the_end, one_behind, all_by_the_first,
                                        leaves_some, all_unread, in_a_child};

int main(void) {
    for (size_t handler = 0; handler < sizeof HANDLERS / sizeof *HANDLERS; handler++) {
        poller = new_poller();
        for (int place = 0; place < MANY; place++) {
            pipes[place] = new_pipe();
            SETUP(add(poller, pipes[place].out, EPOLLIN | EPOLLET, (uint64_t)place) == 0);
            fill(pipes[place]);
        }
        struct epoll_event events[MANY];
        left = MANY;
        while (left > 0) {
            int count = epoll_wait(poller, events, MANY, 0);
            SETUP(count >= 0);
            if (count == 0)
                break;
            for (int place = 0; place < count; place++) {
                HANDLERS[handler]((int)events[place].data.u64);
                left--;
            }
        }
        say("%d left\n", HANDLERS[handler] == all_by_the_first || HANDLERS[handler] == all_unread ? 0 : left);
        for (int place = 0; place < MANY; place++)
            raw_close(pipes[place].in);
        SETUP(close(poller) == 0);
    }
    return 0;
}
