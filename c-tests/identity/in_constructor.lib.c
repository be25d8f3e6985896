/* A library that makes a loop and forks in its constructor; the child uses the loop there and ends. */
#include "check.h"
#include "poller.h"

int made_early, woken_early = -1;
struct line_pipe pipe_early;

static __attribute__((constructor)) void make_and_fork(void) {
    int gone[2], status;
    struct line_pipe own = new_pipe();
    made_early = new_poller();
    pipe_early = new_pipe();
    SETUP(add(made_early, pipe_early.out, EPOLLIN, 1) == 0);
    fill(pipe_early);
    SETUP(pipe(gone) == 0);
    pid_t pid = fork();
    SETUP(pid != -1);
    if (pid == 0) {
        CHECK(30, add(made_early, own.out, EPOLLIN, 7) == 0);
        fill(own);
        CHECK(31, ready(made_early) == (BIT(1) | BIT(7)));
        quit(0);
    }
    SETUP(waitpid(pid, &status, 0) == pid);
    CHECK(32, status == 0);
    /* `own` is open here too, so that what the child added to a shared loop is still in it. */
    woken_early = (ready(made_early) & BIT(7)) != 0;
}
