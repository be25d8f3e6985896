/* A poller that leaks through exec: the program that is run has it, and not the descriptors it watches
 * (those close on exec). Nothing tells what its data mean, so its use is reported and nothing is
 * rebuilt: whoever made it hears what the program registers.
 *
 * ways: all
 * bare: exit 0
 * guarded: exit 0; inherited-poller reported x1
 */
#include "fork_ways.h"
#include "poller.h"

static char *self, poller_number[16], line_number[16];

static int child(void *none) {
    (void)none;
    execl("/proc/self/exe", self, "program", poller_number, line_number, (char *)NULL);
    return 99;
}

static int program(int poller, int line) {
    struct line_pipe own = new_pipe();
    CHECK(21, add(poller, own.out, EPOLLIN, 7) == 0);
    fill(own);
    CHECK(22, ready(poller) == (BIT(1) | BIT(7)));
    tell(line);
    await(line);
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 4)
        return program(atoi(argv[2]), atoi(argv[3]));
    const struct way *way = which_way(argc, argv);
    int poller = epoll_create1(0), lines[2];
    struct line_pipe pipe = new_pipe();
    SETUP(poller != -1 && add(poller, pipe.out, EPOLLIN, 1) == 0);
    fill(pipe);
    SETUP(socketpair(AF_UNIX, SOCK_STREAM, 0, lines) == 0);
    self = argv[0];
    snprintf(poller_number, sizeof poller_number, "%d", poller);
    snprintf(line_number, sizeof line_number, "%d", lines[1]);
    struct kid kid = start(way, child, NULL);
    raw_close(lines[1]);
    await(lines[0]);
    CHECK(12, ready(poller) == (BIT(1) | BIT(7)));
    tell(lines[0]);
    ended(&kid);
    return 0;
}
