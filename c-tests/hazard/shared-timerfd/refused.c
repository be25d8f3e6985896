/* No timer can be made (EMFILE, ENFILE, ENOMEM), or none put in place: said, and the child's call goes on as if we were
 * not here. One descriptor too few for /proc is the same.
 *
 * ways: all
 * bare: exit 0
 * guarded: exit 0; shared-timerfd failed errno=24 x2, shared-timerfd failed errno=23 x1, shared-timerfd failed errno=12 x1
 * may skip: needs seccomp filters
 */
#include "stateful.h"
#include "refuse.h"

static int timer;

static int child(void *error) {
    if (*(const int *)error == 0)
        SETUP(setrlimit(RLIMIT_NOFILE, &(struct rlimit){3, 3}) == 0);
    else
        refuse(SYS_timerfd_create, *(const int *)error);
    CHECK(20, set_timer(timer, 0, 900, 9) == 0);
    CHECK(21, set_timer(timer, 0, 900, 8) == 0);
    return 0;
}

int main(int argc, char **argv) {
    static const int ERRORS[] = {EMFILE, ENFILE, ENOMEM, 0};
    const struct way *way = which_way(argc, argv);
    timer = new_timer(CLOCK_MONOTONIC, 3600, 3);
    for (int place = 0; place < 4; place++) {
        SETUP(set_timer(timer, 0, 3600, 3) == 0);
        struct kid kid = start(way, child, (void *)&ERRORS[place]);
        ended(&kid);
        CHECK(12, state_of(timer).interval == 8);
    }
    return 0;
}
