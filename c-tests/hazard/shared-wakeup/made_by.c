/* A pair is known whichever call made it, and whatever fcntl(2) made of it since.
 *
 * ways: pipe pipe2 socketpair eventfd set_nonblocking
 * bare: exit 12
 * guarded: exit 0; shared-wakeup repaired x1
 */
#include "wakeup.h"

static const char *way;
static bool is(const char *name) { return strcmp(way, name) == 0; }

static void make(void) {
    int ends[2] = {-1, -1};
    if (is("pipe2"))
        SETUP(pipe2(ends, O_NONBLOCK) == 0);
    else if (is("socketpair"))
        SETUP(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
    else if (is("eventfd"))
        SETUP((ends[0] = ends[1] = eventfd(0, 0)) != -1);
    else
        SETUP(pipe(ends) == 0);
    if (is("set_nonblocking"))
        SETUP(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0 && fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0);
    wake = (struct wakeup){.object = ends[0] == ends[1] ? EVENT : PIPE, .loop = is("set_nonblocking") ? UNWATCHED : POLL, .out = ends[0], .in = ends[1], .poller = -1};
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    way = argv[1];
    make();
    handle(SIGUSR1, wake_up, SA_RESTART);
    tell_story(PLAIN_FORK, (struct story){.rounds = 3});
    return 0;
}
