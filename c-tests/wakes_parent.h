/* The plainest proof that a child knows it is one: it adds a descriptor of its own to the loop it inherited,
 * and its parent must not wake (12). For tests that differ in their opening comment alone. */
#ifndef WAKES_PARENT_H
#define WAKES_PARENT_H

#include "fork_ways.h"
#include "poller.h"

static int add_own(void *arg) {
    int poller = *(int *)arg;
    struct line_pipe own = new_pipe();
    CHECK(21, add(poller, own.out, EPOLLIN, 7) == 0);
    fill(own);
    CHECK(22, ready(poller) == BIT(7));
    tell(up);
    await(up); /* the pipe lives until the parent has looked */
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    int poller = new_poller();
    struct line_pipe pipe = new_pipe();
    SETUP(add(poller, pipe.out, EPOLLIN, 1) == 0);
    struct kid kid = start(way, add_own, &poller);
    await(kid.line);
    CHECK(12, ready(poller) == 0);
    fill(pipe);
    CHECK(13, ready(poller) == BIT(1));
    tell(kid.line);
    ended(&kid);
    return 0;
}

#endif
