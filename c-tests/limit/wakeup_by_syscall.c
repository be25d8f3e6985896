/* A pair made, or written to, by a system call through syscall(2), and a write with sendmsg: not seen, so its parent
 * wakes as it does bare. Pinned; that the handler ran in the child is said.
 *
 * ways: syscall_pipe2 syscall_socketpair syscall_eventfd2 writes_by_syscall sends_message sends_by_syscall
 * bare: exit 12
 * guarded: exit 12; handler-in-child reported x1
 */
#include "wakeup.h"

static const char *way;
static bool is(const char *name) { return strcmp(way, name) == 0; }

static void make(void) {
    int ends[2] = {-1, -1};
    if (is("sends_message") || is("sends_by_syscall"))
        SETUP(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
    else if (is("syscall_pipe2"))
        SETUP(syscall(SYS_pipe2, ends, O_NONBLOCK) == 0);
    else if (is("syscall_socketpair"))
        SETUP(syscall(SYS_socketpair, AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends) == 0);
    else if (is("syscall_eventfd2"))
        SETUP((ends[0] = ends[1] = (int)syscall(SYS_eventfd2, 0, EFD_NONBLOCK)) != -1);
    else
        SETUP(pipe(ends) == 0);
    wake = (struct wakeup){.object = ends[0] == ends[1] ? EVENT : PIPE, .loop = POLL, .out = ends[0], .in = ends[1], .poller = -1};
}

static void wake_by_way(int number) {
    uint64_t one = 1;
    struct iovec part = {&one, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (is("writes_by_syscall")) {
        handled++;
        put_badly += syscall(SYS_write, wake.in, &one, 1) != 1;
    } else if (is("sends_message")) {
        handled++;
        put_badly += sendmsg(wake.in, &message, MSG_NOSIGNAL) != 1;
    } else if (is("sends_by_syscall")) {
        handled++;
        put_badly += syscall(SYS_sendto, wake.in, &one, 1, MSG_NOSIGNAL, NULL, 0) != 1;
    } else {
        wake_up(number);
    }
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    way = argv[1];
    make();
    handle(SIGUSR1, wake_by_way, SA_RESTART);
    tell_story(PLAIN_FORK, (struct story){.rounds = 3});
    return 0;
}
