/* No signalfd can be made (EMFILE), or /proc is not there: said, and the child's call goes on as if we were not here.
 *
 * ways: all
 * bare: exit 0
 * guarded: exit 0; shared-signalfd failed errno=24 x1, shared-signalfd reported x1
 * may skip: needs seccomp filters
 */
#include "stateful.h"
#include "refuse.h"

static int signals;

static int child(void *error) {
    if (*(const int *)error == EMFILE)
        SETUP(setrlimit(RLIMIT_NOFILE, &(struct rlimit){3, 3}) == 0);
    else
        refuse(SYS_openat, ENOENT);
    CHECK(20, change_mask(signals, SIGHUP, 0) == signals);
    return 0;
}

int main(int argc, char **argv) {
    static const int ERRORS[] = {EMFILE, ENOENT};
    const struct way *way = which_way(argc, argv);
    for (int place = 0; place < 2; place++) {
        signals = new_signalfd(SIGUSR1, 0);
        struct kid kid = start(way, child, (void *)&ERRORS[place]);
        ended(&kid);
        CHECK(12, state_of(signals).mask == UINT64_C(1) << (SIGHUP - 1));
    }
    return 0;
}
