/* What no hook can see: system calls by instruction. Pinned, so that it is known what is lost. A registration made
 * so is not carried into the child; one removed so comes back in the child; a number
 * closed so keeps its record, and is not carried over if it is reused by another file and `verify=1` asks.
 *
 * ways: added removed closed
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired
 * guarded inherited-poller=off: exit 12; nothing
 */
#include "fork_ways.h"
#include "poller.h"

static const char *way;
static int poller, seen_loop;
static struct line_pipe one, two;

static int child(void *none) {
    (void)none;
    struct line_pipe own = new_pipe();
    int64_t seen = ready(poller);
    if (strcmp(way, "added") == 0)
        CHECK(20, seen == BIT(1) || seen == (BIT(1) | BIT(2))); /* without us it is there, with us it is lost */
    if (strcmp(way, "removed") == 0)
        CHECK(21, seen == BIT(1) || seen == (BIT(1) | BIT(2)));
    SETUP(add(seen_loop, own.out, EPOLLIN, 7) == 0);
    fill(own);
    raw_write(up, &seen, sizeof seen);
    await(up);
    return 0;
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    way = argv[1];
    seen_loop = new_poller();
    poller = new_poller();
    one = new_pipe();
    two = new_pipe();
    fill(one);
    fill(two);
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = 2};
    SETUP(add(poller, one.out, EPOLLIN, 1) == 0);
    if (strcmp(way, "added") == 0) {
        SETUP(raw_epoll_ctl(poller, EPOLL_CTL_ADD, two.out, &event) == 0);
    } else if (strcmp(way, "removed") == 0) {
        SETUP(add(poller, two.out, EPOLLIN, 2) == 0 && raw_epoll_ctl(poller, EPOLL_CTL_DEL, two.out, NULL) == 0);
    } else if (strcmp(way, "closed") == 0) {
        SETUP(add(poller, two.out, EPOLLIN, 2) == 0 && raw_close(two.out) == 0);
    }
    int64_t seen;
    struct kid kid = start(PLAIN_FORK, child, NULL);
    SETUP(raw_read(kid.line, &seen, sizeof seen) == sizeof seen);
    CHECK(12, ready(seen_loop) == 0);
    if (strcmp(way, "closed") == 0)
        CHECK(13, seen == BIT(1));
    if (strcmp(way, "added") == 0)
        CHECK(14, seen == BIT(1)); /* the gap */
    if (strcmp(way, "removed") == 0)
        CHECK(15, seen == (BIT(1) | BIT(2))); /* the gap */
    tell(kid.line);
    ended(&kid);
    return 0;
}
