/* Made and changed by number, through syscall(2).
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; shared-signalfd repaired x1
 */
#include "stateful.h"

static int signals;

static int child(void *none) {
    (void)none;
    uint64_t mask = 1;
    CHECK(20, syscall(SYS_signalfd4, signals, &mask, 8, 0) == signals);
#ifdef SYS_signalfd
    CHECK(21, syscall(SYS_signalfd, signals, &mask, 8) == signals);
#endif
    CHECK(22, state_of(signals).mask == 1);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    uint64_t mask = 0x8001;
    signals = (int)syscall(SYS_signalfd4, -1, &mask, 8, SFD_CLOEXEC);
    SETUP(signals != -1);
    struct state before = state_of(signals);
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    CHECK(12, same_state(before, state_of(signals)));
    return 0;
}
