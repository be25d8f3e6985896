/* A visitor closes its copy of the loop and makes one of its own, which gets the same number, watches the
 * same descriptors and others, changes and removes some, and waits. None of this may stand in the parent's
 * records: a child of the parent has the parent's list, entry by entry.
 *
 * ways: vfork clone clone_vm thread nested vfork.child clone.child vfork.no_kcmp
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired
 * guarded identity=atfork: exit 0; inherited-poller repaired
 * may skip: needs seccomp filters
 */
#include "intact.h"
#include "visitor.h"

static int run_own_loop(void *none) {
    (void)none;
    struct epoll_event event;
    CHECK(30, close(poller) == 0);
    int own = epoll_create1(EPOLL_CLOEXEC);
    CHECK(31, own == poller);
    CHECK(32, add(own, pipes[0].out, EPOLLOUT | EPOLLONESHOT, 90) == 0);
    CHECK(33, add(own, pipes[1].out, EPOLLIN | EPOLLET, 91) == 0);
    CHECK(34, mod(own, pipes[1].out, EPOLLIN, 92) == 0);
    CHECK(35, add(own, pipes[2].out, EPOLLIN, 93) == 0 && del(own, pipes[2].out) == 0);
    CHECK(36, add(own, pipes[3].in, EPOLLOUT, 94) == 0);
    CHECK(37, epoll_wait(own, &event, 1, 0) == 1);
    CHECK(38, close(own) == 0);
    return 0;
}

static int same_as_parents(void *list) {
    struct interest_list *parents = list, own;
    CHECK(20, ready(poller) == EVERY);
    read_list(poller, &own);
    CHECK(21, list_length(&own) == WATCHED);
    CHECK(22, same_list(&own, parents));
    return 0;
}

static int visited(void *way) {
    static struct interest_list before, after;
    read_list(poller, &before);
    int code = visit(way, run_own_loop, NULL);
    if (code != 0)
        return code;
    read_list(poller, &after);
    CHECK(16, same_list(&before, &after));
    struct kid kid = start(PLAIN_FORK, same_as_parents, &after);
    ended(&kid);
    intact();
    return 0;
}

int main(int argc, char **argv) {
    set_up_loop();
    return in_the_right_process(argc, argv, visited);
}
