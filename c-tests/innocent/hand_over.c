/* Descriptors handed to another process, as SCM_RIGHTS is meant: a connection, accepted by one process and served by
 * another, whose sender closes its own; and a whole loop, with the descriptor it watches under the same number in
 * both, which its maker closes after sending.
 *
 * ways: connection loop
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded mode=strict: exit 0; nothing
 * bare differs: no
 */
#include "fork_ways.h"
#include "poller.h"

static int hand[2];
static struct line_pipe shared;

static void send_number(int fd) {
    char byte = 'h', space[CMSG_SPACE(sizeof fd)] = {0};
    struct iovec part = {&byte, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    *rights = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof fd), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(rights), &fd, sizeof fd);
    SETUP(sendmsg(hand[0], &message, 0) == 1);
}

static int receive_number(void) {
    int fd;
    char byte, space[CMSG_SPACE(sizeof fd)];
    struct iovec part = {&byte, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
    SETUP(recvmsg(hand[1], &message, MSG_CMSG_CLOEXEC) == 1 && CMSG_FIRSTHDR(&message) != NULL);
    memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
    return fd;
}

static int serve(void *none) {
    (void)none;
    int own = epoll_create1(EPOLL_CLOEXEC);
    for (int turn = 0; turn < 5; turn++) {
        struct epoll_event event;
        char text[32];
        int connection = receive_number();
        CHECK(20, add(own, connection, EPOLLIN, (uint64_t)turn) == 0);
        tell(up);
        CHECK(21, epoll_wait(own, &event, 1, -1) == 1 && event.data.u64 == (uint64_t)turn);
        ssize_t size = read(connection, text, sizeof text);
        CHECK(22, size > 0 && write(connection, text, (size_t)size) == size);
        CHECK(23, close(connection) == 0);
    }
    return 0;
}

static int take_loop(void *none) {
    (void)none;
    int taken = receive_number();
    tell(up);
    await(up); /* from here on it is nobody else's */
    CHECK(30, ready(taken) == 0);
    fill(shared);
    CHECK(31, ready(taken) == BIT(4));
    CHECK(32, mod(taken, shared.out, EPOLLIN, 5) == 0);
    CHECK(33, ready(taken) == BIT(5));
    CHECK(34, del(taken, shared.out) == 0 && ready(taken) == 0);
    return 0;
}

int main(int argc, char **argv) {
    SETUP(argc == 2 && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, hand) == 0);
    shared = new_pipe();
    struct kid kid = start(PLAIN_FORK, strcmp(argv[1], "loop") == 0 ? take_loop : serve, NULL);
    int poller = new_poller();
    if (strcmp(argv[1], "loop") == 0) {
        SETUP(add(poller, shared.out, EPOLLIN, 4) == 0);
        send_number(poller);
        await(kid.line);
        CHECK(24, close(poller) == 0);
        tell(kid.line);
        ended(&kid);
        say("taken\n");
        return 0;
    }
    for (int turn = 0; turn < 5; turn++) {
        int ends[2];
        char text[32] = "";
        SETUP(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
        SETUP(add(poller, ends[0], EPOLLIN, 9) == 0 && add(poller, ends[1], EPOLLIN, 10) == 0);
        SETUP(del(poller, ends[1]) == 0); /* before it is another's */
        send_number(ends[1]);
        await(kid.line);
        CHECK(25, close(ends[1]) == 0);
        CHECK(26, write(ends[0], "question", 8) == 8);
        struct epoll_event event;
        CHECK(27, epoll_wait(poller, &event, 1, -1) == 1 && event.data.u64 == 9);
        CHECK(28, read(ends[0], text, sizeof text) == 8);
        say("%s back\n", text);
        CHECK(29, close(ends[0]) == 0);
    }
    ended(&kid);
    return 0;
}
