/* Another thread of the parent is inside epoll_ctl at the moment of the fork, over and over. What
 * was settled then (its ADD had returned, its DEL had not been called, or the other way round) is
 * so in the child; what was in flight may be either, but whole: never with data it never had.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired x20
 */
#include "fork_ways.h"
#include "poller.h"
#include <stdatomic.h>

/* What the busy thread knows of each descriptor; the child finds it as it was at the fork. */
enum state { ABSENT, IN_FLIGHT, PRESENT };
enum { COUNT = 8, CHANGED = 4 };

static int poller;
static struct line_pipe busy[COUNT], settled, dropped;
static _Atomic int state[COUNT];
static _Atomic uint32_t begun[CHANGED], done[CHANGED]; /* data of the last MOD called, and of the last that returned */
static _Atomic bool enough, running;

static void *change(void *none) {
    (void)none;
    for (uint32_t round = 1; !enough; round++) {
        int place = (int)(round % COUNT);
        if (place < CHANGED) {
            begun[place] = round;
            CHECK(1, mod(poller, busy[place].out, EPOLLIN, round) == 0);
            done[place] = round;
        } else if (state[place] == ABSENT) {
            state[place] = IN_FLIGHT;
            CHECK(2, add(poller, busy[place].out, EPOLLIN, 1) == 0);
            state[place] = PRESENT;
        } else {
            state[place] = IN_FLIGHT;
            CHECK(3, del(poller, busy[place].out) == 0);
            state[place] = ABSENT;
        }
        running = true;
    }
    return NULL;
}

static int child(void *none) {
    (void)none;
    static struct interest_list list;
    uint32_t events;
    uint64_t data;
    CHECK(21, del(poller, dropped.out) == 0);
    tell(up);
    await(up);
    read_list(poller, &list);
    for (int place = 0; place < COUNT; place++) {
        bool there = listed(&list, busy[place].out, &events, &data);
        if (place < CHANGED) {
            CHECK(22, there && events == (EPOLLIN | EPOLLERR | EPOLLHUP));
            CHECK(23, data == begun[place] || data == done[place]);
        } else {
            CHECK(24, there || state[place] != PRESENT);
            CHECK(25, !there || state[place] != ABSENT);
        }
    }
    CHECK(26, listed(&list, settled.out, &events, &data) && data == 77);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    poller = new_poller();
    settled = new_pipe();
    dropped = new_pipe();
    SETUP(add(poller, dropped.out, EPOLLIN, 78) == 0);
    SETUP(add(poller, settled.out, EPOLLIN, 77) == 0);
    for (int place = 0; place < COUNT; place++) {
        busy[place] = new_pipe();
        if (place < CHANGED)
            SETUP(add(poller, busy[place].out, EPOLLIN, 0) == 0);
    }
    for (int round = 0; round < 20; round++) {
        pthread_t thread;
        enough = running = false;
        SETUP(pthread_create(&thread, NULL, change, NULL) == 0);
        while (!running)
            sched_yield();
        struct kid kid = start(way, child, NULL);
        await(kid.line);
        enough = true;
        SETUP(pthread_join(thread, NULL) == 0);
        CHECK(12, mod(poller, dropped.out, EPOLLIN, 78) == 0);
        tell(kid.line);
        ended(&kid);
    }
    return 0;
}
