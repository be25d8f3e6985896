/* `die`: the child ends before it changes the mask.
 *
 * ways: all
 * bare: exit 12
 * guarded shared-signalfd=die exitcode=9: exit 0; shared-signalfd died x1
 */
#include "stateful.h"

static int signals;

static int child(void *none) {
    (void)none;
    return change_mask(signals, SIGHUP, 0) == signals ? 0 : 20;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    signals = new_signalfd(SIGUSR1, 0);
    struct state before = state_of(signals);
    struct kid kid = start(way, child, NULL);
    int code = code_from(&kid);
    CHECK(12, same_state(before, state_of(signals)));
    CHECK(13, code == 9);
    return 0;
}
