/* Each call that waits is a first touch: epoll_wait, epoll_pwait, epoll_pwait2. What the parent
 * registers after the fork must not wake the child. The exit status is 20 + one bit for each call
 * that did.
 *
 * ways: all
 * bare: exit 27
 * guarded: exit 0; inherited-poller repaired x3
 */
#include "fork_ways.h"
#include "poller.h"

static int pollers[3];
static struct line_pipe common, later;

static int how_many(int place, struct epoll_event *event) {
    struct timespec none = {0, 0};
    switch (place) {
        case 0: return epoll_wait(pollers[0], event, 1, 0);
        case 1: return epoll_pwait(pollers[1], event, 1, 0, NULL);
        default: return epoll_pwait2(pollers[2], event, 1, &none, NULL);
    }
}

static int child(void *none) {
    (void)none;
    int wrong = 0;
    struct epoll_event event;
    await(up);
    for (int place = 0; place < 3; place++)
        if (how_many(place, &event) != 0)
            wrong |= 1 << place;
    if (wrong)
        return 20 + wrong;
    fill(common);
    for (int place = 0; place < 3; place++)
        CHECK(11, how_many(place, &event) == 1 && event.data.u64 == 1);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    common = new_pipe();
    later = new_pipe();
    for (int place = 0; place < 3; place++) {
        pollers[place] = new_poller();
        SETUP(add(pollers[place], common.out, EPOLLIN, 1) == 0);
    }
    struct kid kid = start(way, child, NULL);
    fill(later);
    for (int place = 0; place < 3; place++)
        CHECK(12, add(pollers[place], later.out, EPOLLIN, 2) == 0);
    tell(kid.line);
    ended(&kid);
    return 0;
}
