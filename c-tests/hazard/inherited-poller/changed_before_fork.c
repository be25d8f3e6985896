/* What became of numbers before the fork: one given to another file, its own file alive under a dup (its
 * events go on, in the child too); one closed and gone; one given to another file, its own gone. The
 * other file must not be watched.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired x1
 * guarded verify=1: exit 0; inherited-poller repaired x1
 */
#include "fork_ways.h"
#include "poller.h"

static int poller, alias;
static struct line_pipe kept, gone, reused, other;

static int child(void *none) {
    (void)none;
    fill(other);
    CHECK(21, ready(poller) == 0);
    fill(kept);
    CHECK(22, ready(poller) == BIT(1));
    CHECK(23, add(poller, alias, EPOLLIN, 4) == 0);
    CHECK(24, ready(poller) == (BIT(1) | BIT(4)));
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    poller = new_poller();
    kept = new_pipe();
    gone = new_pipe();
    reused = new_pipe();
    SETUP(add(poller, kept.out, EPOLLIN, 1) == 0);
    SETUP(add(poller, gone.out, EPOLLIN, 2) == 0);
    SETUP(add(poller, reused.out, EPOLLIN, 3) == 0);
    alias = fcntl(kept.out, F_DUPFD_CLOEXEC, 60);
    other = new_pipe();
    SETUP(alias != -1 && close(kept.out) == 0 && dup(other.out) == kept.out);
    SETUP(dup2(other.out, reused.out) == reused.out);
    SETUP(close(gone.out) == 0);
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    CHECK(12, ready(poller) == BIT(1));
    return 0;
}
