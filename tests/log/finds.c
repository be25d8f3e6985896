/* `finds CTL WAIT`: a forked child uses its parent's epoll instance, so many times with epoll_ctl and so many with epoll_wait.
 * Ends as the child does. */
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int count, char **arguments) {
    if (count < 3)
        return 99;
    int poller = epoll_create1(EPOLL_CLOEXEC), ends[2], status;
    struct epoll_event event = {.events = EPOLLIN};
    if (poller < 0 || pipe(ends) != 0 || epoll_ctl(poller, EPOLL_CTL_ADD, ends[0], &event) != 0)
        return 99;
    pid_t child = fork();
    if (child == 0) {
        for (int place = atoi(arguments[1]); place > 0; place--)
            epoll_ctl(poller, EPOLL_CTL_MOD, ends[0], &event);
        for (int place = atoi(arguments[2]); place > 0; place--)
            epoll_wait(poller, &event, 1, 0);
        exit(0);
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        return 99;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}
