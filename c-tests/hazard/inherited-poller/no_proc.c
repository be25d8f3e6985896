/* The child has no /proc (it is in an empty root, as sandboxes are): what the library knows by
 * itself must do for a dup'ed poller, a file that lives on under a dup and a nested pair. What only
 * /proc can tell, whether a one-shot has fired, is not guessed at the parent's cost: the parent's
 * list is untouched, and the child's registration can be armed by MOD, whatever it was.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired
 * may skip: needs root
 */
#include "fork_ways.h"
#include "poller.h"

static int outer, poller, also;
static struct line_pipe kept, fired;
static struct interest_list before, after;

static int child(void *none) {
    (void)none;
    char empty[] = "/tmp/no_proc.XXXXXX";
    SETUP(mkdtemp(empty) != NULL);
    bool moved = chroot(empty) == 0;
    /* From inside, the folder has no name any more; from outside, it is empty and can go. */
    tell(up);
    SETUP(raw_write(up, empty, sizeof empty) == sizeof empty);
    if (!moved)
        SKIP("chroot is not allowed");
    SETUP(chdir("/") == 0);
    SETUP(dup(kept.out) != -1);
    CHECK(20, close(kept.out) == 0);
    CHECK(21, ready(also) >= 0);
    fill(kept);
    CHECK(22, ready(poller) & BIT(1));
    CHECK(23, ready(outer) == BIT(9));
    CHECK(24, mod(also, fired.out, EPOLLIN | EPOLLONESHOT, 5) == 0);
    CHECK(25, ready(poller) == (BIT(1) | BIT(5)));
    CHECK(26, ready(poller) == BIT(1));
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    poller = new_poller();
    also = dup(poller);
    outer = new_poller();
    kept = new_pipe();
    fired = new_pipe();
    fill(fired);
    SETUP(add(poller, kept.out, EPOLLIN, 1) == 0);
    SETUP(add(poller, fired.out, EPOLLIN | EPOLLONESHOT, 2) == 0);
    SETUP(ready(poller) == BIT(2));
    SETUP(add(outer, poller, EPOLLIN, 9) == 0);
    read_list(poller, &before);
    struct kid kid = start(way, child, NULL);
    char empty[32];
    await(kid.line);
    SETUP(raw_read(kid.line, empty, sizeof empty) > 0);
    int code = code_from(&kid);
    rmdir(empty);
    if (code != 0)
        quit(code);
    read_list(poller, &after);
    CHECK(12, same_list(&before, &after));
    return 0;
}
