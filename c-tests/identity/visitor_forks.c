/* A visitor makes a real copy: a fork by a vfork child. The copy is a process of its own and its loop is
 * mended; the visitor and its parent are what they were.
 *
 * ways: vfork clone clone_vm thread nested vfork.child vfork.no_kcmp
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired
 * guarded identity=wipe: exit 0; inherited-poller repaired
 * guarded identity=atfork: exit 0; inherited-poller repaired
 * guarded identity=hook: exit 0; inherited-poller repaired
 * may skip: needs seccomp filters
 */
#include "intact.h"
#include "visitor.h"

static int turn; /* a visitor of a visitor runs it twice, in one memory */

static int fork_here(void *none) {
    (void)none;
    int status, victim = pipes[turn++].out;
    pid_t pid = fork();
    if (pid == 0) {
        struct line_pipe own = new_pipe();
        CHECK(31, add(twin, own.out, EPOLLIN, OWN) == 0);
        fill(own);
        CHECK(32, ready(poller) & BIT(OWN));
        CHECK(33, del(poller, victim) == 0);
        _exit(0);
    }
    CHECK(34, pid > 0);
    CHECK(35, waitpid(pid, &status, 0) == pid);
    return code_of(status);
}

static int visited(void *way) {
    int code = visit(way, fork_here, NULL);
    if (code != 0)
        return code;
    CHECK(12, ready(poller) == EVERY); /* without the library, the copy's DEL deafens us */
    intact();
    return 0;
}

int main(int argc, char **argv) {
    set_up_loop();
    return in_the_right_process(argc, argv, visited);
}
