/* The child reads an event that was queued before the fork, and the parent never hears of it; the child's own watch is
 * the parent's too.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 12; shared-inotify reported x2
 * guarded shared-inotify=poison: exit 0; shared-inotify poisoned x2
 */
#include "stateful.h"
#include <limits.h>

static int read_from, added_to;

static int child(void *none) {
    (void)none;
    char events[sizeof(struct inotify_event) + NAME_MAX + 1];
    if (read(read_from, events, sizeof events) <= 0)
        CHECK(20, errno == EBADF && read(read_from, events, sizeof events) == -1 && errno == EBADF);
    if (inotify_add_watch(added_to, "/", IN_CREATE) == -1)
        CHECK(21, errno == EBADF && inotify_add_watch(added_to, "/", IN_CREATE) == -1 && errno == EBADF);
    CHECK(22, close(read_from) == 0 && close(added_to) == 0);
    CHECK(23, inotify_init1(IN_NONBLOCK) == read_from);
    CHECK(24, inotify_add_watch(read_from, "/", IN_CREATE) != -1);
    CHECK(25, read(read_from, events, sizeof events) == -1 && errno == EAGAIN);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    char folder[] = "/tmp/child_reads.XXXXXX", events[sizeof(struct inotify_event) + NAME_MAX + 1];
    SETUP(mkdtemp(folder) != NULL);
    read_from = inotify_init1(IN_NONBLOCK);
    added_to = inotify_init();
    SETUP(read_from != -1 && added_to != -1 && inotify_add_watch(read_from, folder, IN_DELETE_SELF) != -1);
    SETUP(rmdir(folder) == 0);
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    CHECK(12, raw_read(read_from, events, sizeof events) > 0);
    CHECK(13, state_of(added_to).watches == 0);
    return 0;
}
