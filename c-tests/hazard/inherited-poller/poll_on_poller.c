/* A child that never calls epoll, and only polls the number of the loop it inherited: poll, ppoll,
 * select and pselect on it are a first touch too. What the parent registers after the fork must
 * not make it readable. The exit status is 20 + one bit for each call that said so.
 *
 * ways: all
 * bare: exit 35
 * guarded: exit 0; inherited-poller repaired x4
 */
#include "fork_ways.h"
#include "poller.h"

static int pollers[4];
static struct line_pipe common, later;

static bool readable(int place) {
    int fd = pollers[place];
    /* The poller stands between others, as it does in a real loop. */
    struct pollfd set[] = {{.fd = 0, .events = 0}, {.fd = fd, .events = POLLIN}, {.fd = -1}};
    struct timespec none = {0, 0};
    struct timeval nothing = {0, 0};
    fd_set reading;
    FD_ZERO(&reading);
    FD_SET(fd, &reading);
    switch (place) {
        case 0: CHECK(1, poll(set, 3, 0) != -1); return set[1].revents == POLLIN;
        case 1: CHECK(2, ppoll(set, 3, &none, NULL) != -1); return set[1].revents == POLLIN;
        case 2: CHECK(3, select(fd + 1, &reading, NULL, NULL, &nothing) != -1); return FD_ISSET(fd, &reading);
        default: CHECK(4, pselect(fd + 1, &reading, NULL, NULL, &none, NULL) != -1); return FD_ISSET(fd, &reading);
    }
}

static int child(void *none) {
    (void)none;
    int wrong = 0;
    await(up);
    for (int place = 0; place < 4; place++)
        wrong |= readable(place) << place;
    if (wrong)
        return 20 + wrong;
    fill(common);
    for (int place = 0; place < 4; place++)
        CHECK(11, readable(place));
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    common = new_pipe();
    later = new_pipe();
    for (int place = 0; place < 4; place++) {
        pollers[place] = new_poller();
        SETUP(add(pollers[place], common.out, EPOLLIN, 1) == 0);
    }
    struct kid kid = start(way, child, NULL);
    fill(later);
    for (int place = 0; place < 4; place++)
        CHECK(12, add(pollers[place], later.out, EPOLLIN, 2) == 0);
    tell(kid.line);
    ended(&kid);
    return 0;
}
