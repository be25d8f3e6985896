/* A visitor closes, by every call there is, numbers that its parent has registered, and both numbers of the
 * parent's loop. Its table is its own, its memory is not: the parent's records must stay as they were. The
 * parent forks afterwards, and that child's loop must have every registration.
 *
 * ways: vfork clone clone_vm thread nested vfork.child clone.child clone_vm.child thread.child nested.child vfork.no_kcmp clone.no_kcmp
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired
 * guarded identity=wipe: exit 0; inherited-poller repaired
 * guarded identity=atfork: exit 0; inherited-poller repaired
 * guarded identity=hook: exit 0; inherited-poller repaired
 * may skip: needs seccomp filters
 */
#include "intact.h"
#include "visitor.h"

static int close_all(void *none) {
    (void)none;
    int other = open("/dev/null", O_RDONLY | O_CLOEXEC);
    CHECK(30, other != -1);
    CHECK(31, close(pipes[0].out) == 0);
    CHECK(32, dup2(other, pipes[1].out) == pipes[1].out);
    CHECK(33, dup3(other, pipes[2].out, O_CLOEXEC) == pipes[2].out);
    CHECK(34, close_range((unsigned)pipes[3].out, (unsigned)pipes[3].out, 0) == 0);
    CHECK(35, syscall(SYS_close, pipes[4].out) == 0);
    CHECK(36, syscall(SYS_close_range, pipes[5].out, pipes[5].out, 0) == 0);
    CHECK(37, syscall(SYS_dup3, other, pipes[6].out, O_CLOEXEC) == pipes[6].out);
    closefrom(FAR);
    CHECK(38, fcntl(pipes[WATCHED - 1].out, F_GETFD) == -1 && errno == EBADF);
    CHECK(39, close(twin) == 0);
    CHECK(50, dup2(other, poller) == poller);
    return 0;
}

static int visited(void *way) {
    struct interest_list before, after;
    read_list(poller, &before);
    int code = visit(way, close_all, NULL);
    if (code != 0)
        return code;
    read_list(poller, &after);
    CHECK(16, same_list(&before, &after));
    intact();
    return 0;
}

int main(int argc, char **argv) {
    set_up_loop();
    return in_the_right_process(argc, argv, visited);
}
