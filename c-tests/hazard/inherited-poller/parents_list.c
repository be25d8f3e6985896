/* The parent's interest list, in the kernel's own account, is byte for byte the same after a child
 * that changed all of it, one that closed all of it, one that ended, and one that ran another
 * program. Only the first is a hazard; the others must not be made one.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired x1
 */
#include "fork_ways.h"
#include "poller.h"

static int poller;
static struct line_pipe pipes[20];
static struct interest_list before, after;

static int changes(void *none) {
    (void)none;
    struct line_pipe own = new_pipe();
    CHECK(21, add(poller, own.out, EPOLLIN, 1) == 0);
    for (int place = 0; place < 20; place++) {
        CHECK(22, mod(poller, pipes[place].out, EPOLLIN | EPOLLET, 99) == 0);
        CHECK(23, place % 2 || del(poller, pipes[place].out) == 0);
    }
    return 0;
}

static int closes(void *none) {
    (void)none;
    for (int place = 0; place < 20; place++) {
        CHECK(24, close(pipes[place].out) == 0);
        CHECK(25, close(pipes[place].in) == 0);
    }
    CHECK(26, close(poller) == 0);
    return 0;
}

static int ends(void *none) {
    (void)none;
    return 0;
}

static int execs(void *none) {
    (void)none;
    execl("/bin/sh", "sh", "-c", "exit 0", (char *)NULL);
    return 99;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    poller = epoll_create1(0);
    SETUP(poller != -1);
    for (int place = 0; place < 20; place++) {
        pipes[place] = new_pipe();
        SETUP(add(poller, pipes[place].out, EPOLLIN, (uint64_t)place) == 0);
    }
    read_list(poller, &before);
    kid_main *mains[] = {changes, closes, ends, execs};
    for (int place = 0; place < 4; place++) {
        struct kid kid = start(way, mains[place], NULL);
        ended(&kid);
        read_list(poller, &after);
        CHECK(12, same_list(&before, &after));
    }
    return 0;
}
