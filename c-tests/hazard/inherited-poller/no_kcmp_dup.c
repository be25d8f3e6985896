/* kcmp(2) is refused in the child, and a registered file lives on there under a dup only: it cannot
 * be told from one that is gone. It is lost to the child's own loop, not guessed at, and the finding
 * counts it; the rest of the loop is right. Here to pin what is not covered.
 *
 * ways: fork _Fork daemon forkpty thread handler grandchild
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired registrations=1 lost=1 x1
 * may skip: needs seccomp filters
 */
#include "fork_ways.h"
#include "poller.h"
#include "refuse.h"

static int poller;
static struct line_pipe kept, other;

static int child(void *none) {
    (void)none;
    refuse(SYS_kcmp, EPERM);
    SETUP(dup(kept.out) != -1);
    CHECK(20, close(kept.out) == 0);
    CHECK(21, mod(poller, other.out, EPOLLIN, 3) == 0);
    fill(kept);
    fill(other);
    tell(up);
    await(up);
    CHECK(22, ready(poller) == BIT(3));
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    poller = new_poller();
    kept = new_pipe();
    other = new_pipe();
    SETUP(add(poller, kept.out, EPOLLIN, 1) == 0);
    SETUP(add(poller, other.out, EPOLLIN, 2) == 0);
    struct kid kid = start(way, child, NULL);
    await(kid.line);
    CHECK(12, ready(poller) == (BIT(1) | BIT(2)));
    tell(kid.line);
    ended(&kid);
    return 0;
}
