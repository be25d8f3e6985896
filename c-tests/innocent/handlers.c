/* A parent whose loop is woken from signal handlers through a pipe, and which reaps its children there: SIGCHLD,
 * SIGUSR1, and a handler that uses the loop itself. Children exec, exit, or close their copy of the loop.
 *
 * ways: exit exec close vfork
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded mode=strict: exit 0; nothing
 * bare differs: no
 */
#include "fork_ways.h"
#include "poller.h"

enum { CHILDREN = 12 };
static int poller, wake[2];
static volatile sig_atomic_t reaped;

static void child_gone(int number) {
    int error = errno;
    (void)number;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        reaped++;
    (void)!write(wake[1], "c", 1);
    errno = error;
}

static void user(int number) {
    int error = errno;
    struct epoll_event event = {.events = EPOLLIN | EPOLLPRI, .data.u64 = 3};
    (void)number;
    epoll_ctl(poller, EPOLL_CTL_MOD, wake[0], &event);
    errno = error;
}

int main(int argc, char **argv) {
    struct sigaction chld = {.sa_handler = child_gone, .sa_flags = SA_NOCLDSTOP}, usr = {.sa_handler = user, .sa_flags = SA_RESTART};
    SETUP(argc == 2 && pipe2(wake, O_CLOEXEC | O_NONBLOCK) == 0);
    poller = new_poller();
    SETUP(add(poller, wake[0], EPOLLIN, 3) == 0);
    SETUP(sigaction(SIGCHLD, &chld, NULL) == 0 && sigaction(SIGUSR1, &usr, NULL) == 0);
    for (int place = 0; place < CHILDREN; place++) {
        pid_t pid = strcmp(argv[1], "vfork") == 0 ? vfork() : fork();
        if (pid == 0) {
            if (strcmp(argv[1], "close") == 0)
                close(poller);
            else if (strcmp(argv[1], "exit") != 0)
                execl("/bin/true", "true", (char *)NULL);
            _exit(0);
        }
        SETUP(pid > 0 && raise(SIGUSR1) == 0);
    }
    while (reaped < CHILDREN) {
        struct epoll_event event;
        char bytes[64];
        int count = epoll_wait(poller, &event, 1, -1);
        CHECK(20, (count == 1 && event.data.u64 == 3) || (count == -1 && errno == EINTR));
        while (read(wake[0], bytes, sizeof bytes) > 0)
            continue;
    }
    say("reaped %d\n", (int)reaped);
    return 0;
}
