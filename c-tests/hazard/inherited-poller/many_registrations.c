/* Ten thousand registrations, or as many as the limit allows: all of them are in the child's loop, and
 * all are left in the parent's after the child has dropped its own.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired lost=0 x1
 */
#define LIST_SIZE (1 << 21)
#include "fork_ways.h"
#include "poller.h"

static int poller, files[10000], count;
static struct interest_list at_fork, now;

static int child(void *none) {
    (void)none;
    CHECK(21, ready(poller) == 0);
    read_list(poller, &now);
    CHECK(22, same_list(&at_fork, &now));
    for (int place = 0; place < count; place++)
        CHECK(23, del(poller, files[place]) == 0);
    read_list(poller, &now);
    CHECK(24, list_length(&now) == 0);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    struct rlimit limit;
    SETUP(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = limit.rlim_max;
    SETUP(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    poller = new_poller();
    /* Room is left for the lines between the processes and for the library. */
    for (; count < 10000 && (rlim_t)count + 400 < limit.rlim_cur; count++) {
        files[count] = eventfd(0, EFD_CLOEXEC);
        SETUP(files[count] != -1);
        SETUP(add(poller, files[count], EPOLLIN, (uint64_t)count << 20) == 0);
    }
    SETUP(count > 500);
    read_list(poller, &at_fork);
    SETUP(list_length(&at_fork) == count);
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    read_list(poller, &now);
    CHECK(12, same_list(&at_fork, &now));
    return 0;
}
