/* As poller.c, in a forked child: with a loop of its own, and with the parent's, of which it gets its own and which is
 * empty. What the child has from its parent, and may still be written to there, says nothing.
 *
 * ways: all
 * bare: exit 142
 * guarded: exit 142; lost-wait reported x2, inherited-poller repaired x2
 * guarded inherited-poller=report: exit 142; lost-wait reported x1, inherited-poller reported x2
 */
#include "hung.h"
#include "poller.h"

static int inherited, pair[2];

static void wait_for_ever(int poller) {
    struct epoll_event event;
    epoll_wait(poller, &event, 1, -1);
}

static int own(void *none) {
    (void)none;
    int ends[2], poller = epoll_create1(0);
    be_quiet();
    SETUP(pipe(ends) == 0);
    struct epoll_event event = {.events = EPOLLIN};
    SETUP(epoll_ctl(poller, EPOLL_CTL_ADD, ends[0], &event) == 0);
    wait_for_ever(poller);
    return 11;
}

static int parents(void *none) {
    (void)none;
    be_quiet();
    wait_for_ever(inherited);
    return 12;
}

static int parents_pair(void *none) {
    (void)none;
    be_quiet();
    struct epoll_event event = {.events = EPOLLIN};
    SETUP(epoll_ctl(inherited, EPOLL_CTL_ADD, pair[0], &event) == 0);
    wait_for_ever(inherited);
    return 13;
}

int main(int argc, char **argv) {
    kid_main *const CASES[] = {own, parents, parents_pair};
    const struct way *way = which_way(argc, argv);
    inherited = epoll_create1(0);
    SETUP(inherited != -1 && pipe(pair) == 0);
    for (int place = 0; place < 3; place++) {
        struct kid kid = start(way, CASES[place], NULL);
        CHECK(14, code_or_lost(&kid) == 128 + SIGALRM);
    }
    return 128 + SIGALRM;
}
