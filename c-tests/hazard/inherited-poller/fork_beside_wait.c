/* No hazard: a thread waits in epoll_wait while another forks children that end at once. No signal is
 * handled, so nothing may interrupt the wait. A SIGCHLD that comes while the forking thread has it
 * blocked would: the kernel keeps blocked signals even if they are to be ignored, and hands them to
 * a thread that does not block them, whose epoll_wait then ends with EINTR (signal(7)). Not by a thread made
 * for each fork: glibc blocks all signals while it makes one, and bare that fails once in some hundred runs.
 *
 * ways: fork _Fork SYS_fork SYS_clone SYS_clone3 asm clone daemon forkpty handler grandchild
 * bare: exit 0
 * guarded: exit 0; nothing
 */
#include "fork_ways.h"
#include "poller.h"

static int poller;
static struct line_pipe pipe_;

static void *wait_for_event(void *none) {
    struct epoll_event event;
    CHECK(12, epoll_wait(poller, &event, 1, -1) == 1);
    return none;
}

static int child(void *none) {
    (void)none;
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    pthread_t thread;
    poller = new_poller();
    pipe_ = new_pipe();
    SETUP(add(poller, pipe_.out, EPOLLIN, 1) == 0);
    SETUP(pthread_create(&thread, NULL, wait_for_event, NULL) == 0);
    for (int count = 0; count < 300; count++) {
        struct kid kid = start(way, child, NULL);
        ended(&kid);
    }
    fill(pipe_);
    SETUP(pthread_join(thread, NULL) == 0);
    return 0;
}
