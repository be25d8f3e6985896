/* `finds CTL WAIT`: a forked child uses so many of its parent's epoll instances with epoll_ctl, and so many others with
 * epoll_wait. Ends as the child does. */
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 64 };

int main(int count, char **arguments) {
    int ctl = count < 3 ? MOST : atoi(arguments[1]), wait = count < 3 ? MOST : atoi(arguments[2]);
    int pollers[MOST], ends[2], status;
    struct epoll_event event = {.events = EPOLLIN};
    if (ctl + wait > MOST || pipe(ends) != 0)
        return 99;
    for (int place = 0; place < ctl + wait; place++) {
        pollers[place] = epoll_create1(EPOLL_CLOEXEC);
        if (pollers[place] < 0 || epoll_ctl(pollers[place], EPOLL_CTL_ADD, ends[0], &event) != 0)
            return 99;
    }
    pid_t child = fork();
    if (child == 0) {
        for (int place = 0; place < ctl; place++)
            epoll_ctl(pollers[place], EPOLL_CTL_MOD, ends[0], &event);
        for (int place = ctl; place < ctl + wait; place++)
            epoll_wait(pollers[place], &event, 1, 0);
        exit(0);
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        return 99;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}
