/* A wake-up pair that the program had from the one before it, by exec, or made and wrote to by instruction: it is not known
 * as a pair, so its parent wakes as it does bare. Pinned; that the handler ran in the child is said.
 *
 * ways: exec made_raw
 * bare: exit 12
 * guarded: exit 12; inherited-poller repaired x1, handler-in-child reported x1
 */
#include "wakeup.h"

int main(int argc, char **argv) {
    SETUP(argc >= 2);
    int ends[2];
    if (argc == 2) {
        if (strcmp(argv[1], "exec") == 0) {
            char out[12], in[12];
            SETUP(pipe2(ends, O_NONBLOCK) == 0);
            snprintf(out, sizeof out, "%d", ends[0]);
            snprintf(in, sizeof in, "%d", ends[1]);
            execl("/proc/self/exe", argv[0], argv[1], out, in, (char *)NULL);
        }
        SETUP(raw_call(SYS_pipe2, ends, O_NONBLOCK) == 0);
    } else {
        ends[0] = atoi(argv[2]);
        ends[1] = atoi(argv[3]);
    }
    wake = (struct wakeup){.object = PIPE, .loop = EPOLL, .out = ends[0], .in = ends[1], .poller = new_poller()};
    SETUP(add(wake.poller, wake.out, EPOLLIN, 1) == 0);
    handle(SIGUSR1, wake_up, 0);
    tell_story(PLAIN_FORK, (struct story){.rounds = 1});
    return 0;
}
