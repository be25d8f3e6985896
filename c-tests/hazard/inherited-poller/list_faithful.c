/* After its first touch the child's interest list is, in the kernel's own account and byte for byte, what the
 * parent's was at the fork: masks with EPOLLET, an armed EPOLLONESHOT, EPOLLEXCLUSIVE, EPOLLRDHUP,
 * and all 64 bits of data. EPOLLEXCLUSIVE holds: its MOD is EINVAL (epoll_ctl(2)).
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired x1
 * guarded verify=1: exit 0; inherited-poller repaired x1
 */
#include "fork_ways.h"
#include "poller.h"

static const uint32_t MASKS[] = {
    EPOLLIN,
    EPOLLIN | EPOLLPRI | EPOLLRDHUP,
    EPOLLIN | EPOLLET,
    EPOLLIN | EPOLLONESHOT,
    EPOLLIN | EPOLLET | EPOLLONESHOT,
    EPOLLIN | EPOLLEXCLUSIVE,
    EPOLLIN | EPOLLET | EPOLLEXCLUSIVE,
    EPOLLIN | EPOLLWAKEUP,
    EPOLLRDNORM | EPOLLRDBAND | EPOLLMSG,
    0,
};
#define COUNT (sizeof MASKS / sizeof *MASKS)

static int poller, files[COUNT];
static struct interest_list at_fork, now;

static int child(void *none) {
    (void)none;
    CHECK(21, ready(poller) == 0);
    read_list(poller, &now);
    CHECK(22, same_list(&at_fork, &now));
    CHECK(23, mod(poller, files[5], EPOLLIN, 1) == -1 && errno == EINVAL);
    CHECK(24, mod(poller, files[2], EPOLLIN, 1) == 0);
    for (size_t place = 0; place < COUNT; place++)
        CHECK(25, del(poller, files[place]) == 0);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    poller = new_poller();
    for (size_t place = 0; place < COUNT; place++) {
        files[place] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        SETUP(files[place] != -1);
        SETUP(add(poller, files[place], MASKS[place], UINT64_C(0xfedcba9876543210) + place) == 0);
    }
    read_list(poller, &at_fork);
    SETUP(list_length(&at_fork) == COUNT);
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    read_list(poller, &now);
    CHECK(12, same_list(&at_fork, &now));
    return 0;
}
