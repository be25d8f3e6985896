/* kcmp(2) is refused in the child, as containers do. Whether the parent has the instance is seen in /proc then; one that
 * it has closed is the child's alone, and is not mentioned.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 12; shared-inotify reported x1
 * may skip: needs seccomp filters
 */
#include "stateful.h"
#include "refuse.h"

static int instance, handed_over;

static int child(void *none) {
    (void)none;
    await(up);
    refuse(SYS_kcmp, EPERM);
    CHECK(20, inotify_rm_watch(handed_over, 1) == 0);
    CHECK(21, inotify_rm_watch(instance, 1) == 0);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    instance = inotify_init1(IN_CLOEXEC);
    handed_over = inotify_init1(IN_CLOEXEC);
    SETUP(inotify_add_watch(instance, "/", IN_CREATE) == 1 && inotify_add_watch(handed_over, "/", IN_CREATE) == 1);
    struct state before = state_of(instance);
    struct kid kid = start(way, child, NULL);
    SETUP(close(handed_over) == 0);
    tell(kid.line);
    ended(&kid);
    CHECK(12, same_state(before, state_of(instance)));
    return 0;
}
