/* A poller that was sent over a socket (unix(7), SCM_RIGHTS): the receiver was given it on purpose and cannot
 * know what its data mean. Its use is reported, and nothing is rebuilt: the sender hears what the
 * receiver registers.
 *
 * ways: all
 * bare: exit 0
 * guarded: exit 0; inherited-poller reported x1
 */
#include "fork_ways.h"
#include "poller.h"

struct passing {
    struct iovec text;
    struct msghdr message;
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
};

static void prepare(struct passing *passing) {
    static char byte;
    memset(passing, 0, sizeof *passing);
    passing->text = (struct iovec){&byte, 1};
    passing->control.header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    passing->message = (struct msghdr){.msg_iov = &passing->text, .msg_iovlen = 1};
    passing->message.msg_control = &passing->control;
    passing->message.msg_controllen = sizeof passing->control;
}

static int child(void *none) {
    (void)none;
    struct passing passing;
    int poller;
    prepare(&passing);
    SETUP(recvmsg(up, &passing.message, 0) == 1 && passing.message.msg_controllen >= CMSG_LEN(sizeof(int)));
    memcpy(&poller, CMSG_DATA(&passing.control.header), sizeof poller);
    struct line_pipe own = new_pipe();
    CHECK(21, add(poller, own.out, EPOLLIN, 7) == 0);
    fill(own);
    tell(up);
    await(up);
    return 0;
}

int main(int argc, char **argv) {
    struct kid kid = start(which_way(argc, argv), child, NULL);
    struct passing passing;
    int poller = new_poller();
    struct line_pipe pipe = new_pipe(); /* the receiver does not have it */
    SETUP(add(poller, pipe.out, EPOLLIN, 1) == 0);
    prepare(&passing);
    memcpy(CMSG_DATA(&passing.control.header), &poller, sizeof poller);
    SETUP(sendmsg(kid.line, &passing.message, 0) == 1);
    await(kid.line);
    CHECK(12, ready(poller) == BIT(7));
    tell(kid.line);
    ended(&kid);
    return 0;
}
