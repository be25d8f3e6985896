/* The child's own pair is like the one it inherited: FD_CLOEXEC and O_NONBLOCK of each end, O_DIRECT, the size of the
 * pipe, the type of the socket, the eventfd's being a semaphore. The parent's interest list and
 * its pair are byte by byte what they were.
 *
 * ways: pipe.cloexec pipe.lasting pipe.mixed pipe.sized pipe.packets stream.lasting stream.mixed dgram.cloexec seqpacket.lasting event.lasting event.semaphore
 * bare: exit 12
 * guarded: exit 0; shared-wakeup repaired x1, inherited-poller repaired x1
 */
#include "wakeup.h"

static const char *way;
static struct interest_list before, after;
struct looks {
    int flags[2], status[2], size, type;
    unsigned int mode;
    ino_t inode;
};

static int option(int fd, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    return raw_call(SYS_getsockopt, fd, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

static struct looks looks(void) {
    struct looks looks;
    struct stat status;
    memset(&looks, 0, sizeof looks);
    for (int end = 0; end < 2; end++) {
        int fd = end == 0 ? wake.out : wake.in;
        looks.flags[end] = (int)raw_call(SYS_fcntl, fd, F_GETFD);
        looks.status[end] = (int)raw_call(SYS_fcntl, fd, F_GETFL);
    }
    looks.size = (int)raw_call(SYS_fcntl, wake.in, F_GETPIPE_SZ);
    looks.type = option(wake.in, SO_TYPE);
    SETUP(fstat(wake.in, &status) == 0);
    looks.mode = status.st_mode;
    looks.inode = wake.object == EVENT ? 0 : status.st_ino;
    return looks;
}

static struct looks at_first;

static int child(void *none) {
    (void)none;
    CHECK(20, ready(wake.poller) == 0);
    tell(up);
    next_signal();
    await(up);
    struct looks now = looks();
    CHECK(21, memcmp(now.flags, at_first.flags, sizeof now.flags) == 0);
    CHECK(22, memcmp(now.status, at_first.status, sizeof now.status) == 0);
    CHECK(23, now.size == at_first.size && now.type == at_first.type && now.mode == at_first.mode);
    CHECK(25, wake.object == EVENT || now.inode != at_first.inode);
    CHECK(26, ready(wake.poller) == BIT(1));
    if (has_word(way, "semaphore")) {
        uint64_t value;
        CHECK(27, put_one(&wake) == 8 && read(wake.out, &value, 8) == 8 && value == 1);
        CHECK(28, ready(wake.poller) == BIT(1));
    }
    CHECK(29, taken(&wake) == 1 && ready(wake.poller) == 0);
    return 0;
}

static void change(int fd, int what, int get, int set) {
    int flags = fcntl(fd, get);
    SETUP(flags != -1 && fcntl(fd, set, flags ^ what) == 0);
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    way = argv[1];
    wake = wakeup_of(way);
    if (has_word(way, "lasting")) {
        change(wake.out, FD_CLOEXEC, F_GETFD, F_SETFD);
        if (wake.in != wake.out)
            change(wake.in, FD_CLOEXEC, F_GETFD, F_SETFD);
    }
    if (has_word(way, "mixed")) {
        change(wake.out, FD_CLOEXEC, F_GETFD, F_SETFD);
        change(wake.out, O_NONBLOCK, F_GETFL, F_SETFL);
    }
    if (has_word(way, "packets"))
        SETUP(fcntl(wake.in, F_SETFL, O_NONBLOCK | O_DIRECT) == 0);
    if (has_word(way, "sized"))
        SETUP(fcntl(wake.in, F_SETPIPE_SZ, 4096) == 4096);
    if (has_word(way, "semaphore")) {
        raw_close(wake.out);
        wake.in = wake.out = eventfd(0, EFD_SEMAPHORE | EFD_NONBLOCK);
        SETUP(wake.out != -1 && add(wake.poller, wake.out, EPOLLIN, 1) == 0);
    }
    handle(SIGUSR1, wake_up, 0);
    at_first = looks();
    read_list(wake.poller, &before);
    struct kid kid = start(PLAIN_FORK, child, NULL);
    await(kid.line);
    signal_to(&kid, SIGUSR1);
    CHECK(12, ready(wake.poller) == 0);
    tell(kid.line);
    ended(&kid);
    struct looks now = looks();
    CHECK(13, memcmp(&now, &at_first, sizeof now) == 0);
    read_list(wake.poller, &after);
    CHECK(14, same_list(&before, &after));
    CHECK(15, raise(SIGUSR1) == 0 && ready(wake.poller) == BIT(1) && taken(&wake) == 1);
    return 0;
}
