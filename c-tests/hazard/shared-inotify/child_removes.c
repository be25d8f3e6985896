/* The child removes a watch it inherited, and the parent's is gone. There is no copy to be had: it is said, once, and the
 * call goes on.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 12; shared-inotify reported x1
 * guarded shared-inotify=repair: exit 12; shared-inotify reported x1
 * guarded shared-inotify=off: exit 12; nothing
 * guarded shared-inotify=poison: exit 0; shared-inotify poisoned x1
 * guarded shared-inotify=die exitcode=1: exit 0; shared-inotify died x1
 */
#include "stateful.h"

static int instance, watches[2];

static int child(void *none) {
    (void)none;
    for (int place = 0; place < 2; place++)
        if (inotify_rm_watch(instance, watches[place]) != 0)
            quit(errno == EBADF ? 1 : 20);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    instance = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    watches[0] = inotify_add_watch(instance, "/", IN_CREATE);
    watches[1] = inotify_add_watch(instance, "/proc", IN_CREATE);
    SETUP(instance != -1 && watches[0] != -1 && watches[1] != -1);
    struct state before = state_of(instance);
    struct kid kid = start(way, child, NULL);
    int code = code_from(&kid);
    CHECK(12, same_state(before, state_of(instance)));
    CHECK(13, code == 1 && before.watches == 2);
    return 0;
}
