/* What the handlers write is what the child's loop reads, whole and in order: structures of sixteen bytes, as libuv writes
 * them, three before the loop comes to read; in a datagram socket each by itself.
 *
 * ways: pipe stream.write stream.send dgram.send seqpacket.write
 * bare: exit 12
 * guarded: exit 0; shared-wakeup repaired x1, inherited-poller repaired x1
 */
#include "wakeup.h"

struct message {
    uint64_t mark;
    int number, count;
};

static void tell_all(int number) {
    struct message message = {UINT64_C(0x1122334455667788), number, ++handled};
    ssize_t size = wake.put == SEND ? send(wake.in, &message, sizeof message, MSG_NOSIGNAL) : write(wake.in, &message, sizeof message);
    if (size != sizeof message)
        put_badly++;
}

static int child(void *none) {
    (void)none;
    struct message message[2];
    CHECK(20, woken(&wake) == 0);
    for (int round = 0; round < 3; round++)
        next_signal();
    await(up);
    for (int round = 1; round <= 3; round++) {
        CHECK(21, woken(&wake) == 1 && put_badly == 0);
        CHECK(22, read(wake.out, message, wake.object == PIPE || wake.object == STREAM ? sizeof *message : sizeof message) == sizeof *message);
        CHECK(23, message->mark == UINT64_C(0x1122334455667788) && message->number == SIGUSR1 && message->count == round);
    }
    CHECK(24, woken(&wake) == 0);
    return 0;
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    wake = wakeup_of(argv[1]);
    handle(SIGUSR1, tell_all, SA_RESTART);
    struct kid kid = start(PLAIN_FORK, child, NULL);
    for (int round = 0; round < 3; round++)
        signal_to(&kid, SIGUSR1);
    CHECK(12, woken(&wake) == 0);
    tell(kid.line);
    ended(&kid);
    return 0;
}
