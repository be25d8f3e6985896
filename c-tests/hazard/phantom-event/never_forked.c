/* No hazard: a process that has never forked sends a registered descriptor away over a socket and
 * closes it. Its file lives on in flight (unix(7)), so its events go on, and a program may count on that.
 *
 * ways: none
 * bare: exit 0
 * guarded: exit 0; nothing
 * bare differs: no
 */
#include "check.h"
#include "poller.h"

int main(void) {
    int poller = new_poller(), ends[2];
    struct line_pipe pipe = new_pipe();
    SETUP(add(poller, pipe.out, EPOLLIN, 1) == 0);
    SETUP(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {.header = {.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}};
    memcpy(CMSG_DATA(&control.header), &pipe.out, sizeof(int));
    struct iovec text = {.iov_base = "", .iov_len = 1};
    struct msghdr message = {.msg_iov = &text, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    SETUP(sendmsg(ends[0], &message, 0) == 1);
    CHECK(11, close(pipe.out) == 0);
    fill(pipe);
    int64_t closed = ready(poller);
    CHECK(12, closed == BIT(1));
    int again = open("/dev/null", O_RDONLY | O_CLOEXEC);
    CHECK(13, again == pipe.out);
    say("closed: %d, del: %d, again: %d\n", (int)closed, del(poller, pipe.out), (int)ready(poller));
    return 0;
}
