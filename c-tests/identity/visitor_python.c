/* What CPython's subprocess does between vfork and exec, as strace shows it: signals blocked before, sixty-five
 * sigaction calls, the mask put back, pipes moved to 0, 1 and 2, setsid, everything above closed, and an
 * exec that is tried at several paths. Three times over; the parent's loop must not notice.
 *
 * ways: vfork clone thread vfork.child vfork.no_kcmp
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired
 * guarded identity=atfork: exit 0; inherited-poller repaired
 * may skip: needs seccomp filters
 */
#include "intact.h"
#include "visitor.h"

static int error_pipe[2];

static int become_program(void *arg) {
    const sigset_t *before = arg;
    for (int number = 1; number <= 65; number++) {
        struct sigaction now;
        if (sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN) {
            now.sa_handler = SIG_DFL;
            sigaction(number, &now, NULL);
        }
    }
    pthread_sigmask(SIG_SETMASK, before, NULL);
    int input = open("/dev/null", O_RDONLY | O_CLOEXEC), output = dup(pipes[0].in);
    close(pipes[0].out);
    if (dup2(input, 0) != 0 || dup2(output, 1) != 1 || dup2(pipes[1].in, 2) != 2)
        return 97;
    close(output);
    setsid();
    close_range(3, (unsigned)error_pipe[1] - 1, 0);
    close_range((unsigned)error_pipe[1] + 1, ~0U, 0);
    char *arguments[] = {"true", NULL}, *environment[] = {NULL};
    execve("/nowhere/true", arguments, environment);
    execve("/bin/true", arguments, environment);
    (void)!write(error_pipe[1], "x", 1);
    return 98;
}

static int visited(void *way) {
    for (int turn = 0; turn < 3; turn++) {
        sigset_t all, before;
        char byte;
        SETUP(pipe2(error_pipe, O_CLOEXEC) == 0);
        sigfillset(&all);
        SETUP(pthread_sigmask(SIG_BLOCK, &all, &before) == 0);
        CHECK(16, visit(way, become_program, &before) == 0);
        SETUP(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
        close(error_pipe[1]);
        CHECK(17, read(error_pipe[0], &byte, 1) == 0);
        close(error_pipe[0]);
    }
    intact();
    return 0;
}

int main(int argc, char **argv) {
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    set_up_loop();
    return in_the_right_process(argc, argv, visited);
}
