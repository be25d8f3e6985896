/* A poller that came through exec, and then a fork: parent and child, both of the program that was
 * run, use one instance of which neither knows the maker. It is never rebuilt, and as the child
 * wakes its parent with what it registers, that is reported.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 12; inherited-poller reported
 */
#include "fork_ways.h"
#include "poller.h"

static int child(void *poller) {
    struct line_pipe own = new_pipe();
    CHECK(21, add(*(int *)poller, own.out, EPOLLIN, 7) == 0);
    fill(own);
    tell(up);
    await(up);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    if (argc < 4) {
        int poller = epoll_create1(0);
        struct line_pipe pipe = new_lasting_pipe();
        SETUP(poller != -1 && add(poller, pipe.out, EPOLLIN, 1) == 0);
        char number[16];
        snprintf(number, sizeof number, "%d", poller);
        execl("/proc/self/exe", argv[0], argc > 1 ? argv[1] : "fork", "poller", number, (char *)NULL);
        SETUP(!"exec");
    }
    int poller = atoi(argv[3]);
    struct kid kid = start(way, child, &poller);
    await(kid.line);
    CHECK(12, ready(poller) == 0);
    tell(kid.line);
    ended(&kid);
    return 0;
}
