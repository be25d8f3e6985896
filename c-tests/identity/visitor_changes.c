/* A visitor uses the parent's loop itself: it adds, changes and removes descriptors that both have. The
 * kernel's list is the parent's, so this is really done. A child of the parent has the list as the kernel has
 * it then, entry by entry.
 *
 * ways: vfork clone clone_vm thread vfork.child vfork.no_kcmp
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired
 * may skip: needs seccomp filters
 */
#include "intact.h"
#include "visitor.h"

static int change_list(void *none) {
    (void)none;
    CHECK(31, del(poller, pipes[0].out) == 0);
    CHECK(32, mod(poller, pipes[1].out, EPOLLIN | EPOLLET, 91) == 0);
    CHECK(33, add(twin, pipes[2].in, EPOLLOUT, 92) == 0);
    return 0;
}

static int compare_lists(void *list) {
    struct interest_list *parents = list, own;
    struct line_pipe own_pipe = new_pipe();
    CHECK(20, ready(poller) > 0);
    read_list(poller, &own);
    CHECK(21, list_length(&own) == list_length(parents));
    CHECK(22, same_list(&own, parents));
    CHECK(23, add(poller, own_pipe.out, EPOLLIN, OWN) == 0);
    fill(own_pipe);
    tell(up);
    await(up);
    return 0;
}

static int visited(void *way) {
    static struct interest_list after;
    int code = visit(way, change_list, NULL);
    if (code != 0)
        return code;
    read_list(poller, &after);
    SETUP(list_length(&after) == WATCHED);
    struct kid kid = start(PLAIN_FORK, compare_lists, &after);
    await(kid.line);
    CHECK(12, !(ready(poller) & BIT(OWN)));
    tell(kid.line);
    ended(&kid);
    return 0;
}

int main(int argc, char **argv) {
    set_up_loop();
    return in_the_right_process(argc, argv, visited);
}
