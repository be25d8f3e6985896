/* Waiting for children as one should, and asking once too often: for any child until there is none, by name twice, after
 * a look that leaves the status, after a stop, in a child for its parent's child, for a child that is not ours, with
 * SIGCHLD ignored on purpose, and beside libc's own waits.
 *
 * ways: none
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded mode=strict: exit 0; nothing
 * bare differs: no
 */
#include "check.h"

static pid_t ends_with(int code) {
    pid_t child = fork();
    if (child == 0)
        quit(code);
    SETUP(child > 0);
    return child;
}

static void show(const char *what, long answer) { say("%s: %s %d\n", what, answer > 0 ? "a child" : answer == 0 ? "0" : "-1", answer == -1 ? errno : 0); }

int main(void) {
    int status;
    siginfo_t info;
    for (int count = 0; count < 100; count++)
        ends_with(count % 3);
    int all = 0;
    while (wait(&status) > 0)
        all++;
    say("%d, then errno %d\n", all, errno);
    pid_t child = ends_with(5);
    show("by name", waitpid(child, &status, 0));
    show("again", waitpid(child, &status, 0));
    child = ends_with(6);
    show("a look", waitid(P_ALL, 0, &info, WEXITED | WNOWAIT));
    show("by name", waitpid(child, &status, 0));
    show("again", waitpid(child, &status, WNOHANG));
    child = fork();
    if (child == 0) {
        raise(SIGSTOP);
        quit(0);
    }
    show("stopped", waitpid(-1, &status, WUNTRACED));
    SETUP(WIFSTOPPED(status) && kill(child, SIGKILL) == 0);
    show("by name", waitpid(child, &status, 0));
    show("again", waitpid(child, &status, 0));
    child = fork();
    if (child == 0) {
        raise(SIGSTOP);
        quit(0);
    }
    show("stopped", waitpid(-1, NULL, WUNTRACED));
    SETUP(kill(child, SIGKILL) == 0);
    show("by name", waitpid(child, &status, 0));
    child = ends_with(0);
    show("any", wait(NULL));
    pid_t other = fork();
    if (other == 0) {
        /* Not the parent's any more, and never ours. */
        CHECK(11, waitpid(child, NULL, 0) == -1 && errno == ECHILD);
        quit(0);
    }
    show("the other", waitpid(other, &status, 0));
    say("%d\n", code_of(status));
    show("not ours", waitpid(1, NULL, 0));
    show("a number", waitpid(0x7ffffffe, NULL, 0));
    say("%d %d\n", system("exit 3"), pclose(popen("exit 4", "w")));
    SETUP(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
    child = ends_with(0);
    show("ignored", waitpid(child, NULL, 0));
    ends_with(0);
    show("ignored", wait(NULL));
    return 0;
}
