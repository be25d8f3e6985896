/* No hazard, no finding: a child that closes the loop it inherited (by close, close_range or dup2 over it),
 * one that runs another program, one that ends, one that makes a loop of its own. The parent's
 * loop is what it was.
 *
 * ways: all
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded mode=strict: exit 0; nothing
 */
#include "fork_ways.h"
#include "poller.h"

static int poller, also;
static struct line_pipe pipe_;
static struct interest_list before, after;

static int closes(void *none) {
    (void)none;
    CHECK(21, close(pipe_.out) == 0);
    CHECK(22, close(also) == 0);
    CHECK(23, close(poller) == 0);
    return 0;
}

static int closes_range(void *none) {
    (void)none;
    CHECK(24, close_range(3, 199, 0) == 0);
    return 0;
}

static int replaces(void *none) {
    (void)none;
    CHECK(25, dup2(pipe_.out, poller) == poller);
    CHECK(26, dup3(pipe_.in, also, 0) == also);
    return 0;
}

static int execs(void *none) {
    (void)none;
    execl("/bin/sh", "sh", "-c", "exit 0", (char *)NULL);
    return 99;
}

static int ends(void *none) {
    (void)none;
    return 0;
}

static int own_loop(void *none) {
    (void)none;
    CHECK(27, close(poller) == 0);
    int own = new_poller();
    CHECK(28, own == poller);
    CHECK(29, add(own, pipe_.out, EPOLLIN, 3) == 0);
    CHECK(30, ready(own) == 0);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    kid_main *mains[] = {closes, closes_range, replaces, execs, ends, own_loop};
    poller = epoll_create1(0);
    also = dup(poller);
    SETUP(poller != -1 && also != -1);
    pipe_ = new_pipe();
    SETUP(add(poller, pipe_.out, EPOLLIN, 1) == 0);
    read_list(poller, &before);
    for (size_t place = 0; place < sizeof mains / sizeof *mains; place++) {
        struct kid kid = start(way, mains[place], NULL);
        ended(&kid);
        read_list(poller, &after);
        CHECK(12, same_list(&before, &after));
    }
    fill(pipe_);
    CHECK(13, ready(poller) == BIT(1));
    return 0;
}
