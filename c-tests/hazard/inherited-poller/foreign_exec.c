/* A poller that came through exec: this program cannot know who else has it nor what its data mean,
 * so a child of its own that uses it is reported, and nothing is rebuilt.
 *
 * ways: all
 * bare: exit 0
 * guarded: exit 0; inherited-poller reported
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
    if (argc < 4) {
        int poller = epoll_create1(0);
        struct line_pipe pipe = new_lasting_pipe();
        SETUP(poller != -1 && add(poller, pipe.out, EPOLLIN, 1) == 0);
        fill(pipe);
        char number[16];
        snprintf(number, sizeof number, "%d", poller);
        execl("/proc/self/exe", argv[0], argc > 1 ? argv[1] : "fork", "poller", number, (char *)NULL);
        SETUP(!"exec");
    }
    int poller = atoi(argv[3]);
    struct kid kid = start(which_way(argc, argv), child, &poller);
    await(kid.line);
    CHECK(12, ready(poller) == (BIT(1) | BIT(7)));
    tell(kid.line);
    ended(&kid);
    return 0;
}
