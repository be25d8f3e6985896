/* Mask, O_NONBLOCK, FD_CLOEXEC and every number are kept; the whole mask, with real-time signals.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; shared-signalfd repaired x2
 */
#include "stateful.h"

static int full, twin, plain;
static struct state before, before_plain;

static int child(void *none) {
    (void)none;
    sigset_t all;
    sigfillset(&all);
    /* Refused by the kernel, after the copy was made: a wrong size, by number. */
    CHECK(20, syscall(SYS_signalfd4, twin, &all, 3, 0) == -1 && errno == EINVAL);
    CHECK(21, syscall(SYS_signalfd4, plain, &all, 3, 0) == -1 && errno == EINVAL);
    CHECK(22, same_state(before, state_of(full)) && same_state(before_plain, state_of(plain)));
    CHECK(23, fcntl(full, F_GETFD) == FD_CLOEXEC && fcntl(twin, F_GETFD) == 0 && fcntl(plain, F_GETFD) == 0);
    CHECK(24, change_mask(twin, SIGHUP, 0) == twin);
    CHECK(25, state_of(full).mask == UINT64_C(1) << (SIGHUP - 1));
    CHECK(26, change_mask(plain, SIGHUP, 0) == plain);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    sigset_t all;
    sigfillset(&all);
    full = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
    twin = dup(full);
    sigdelset(&all, SIGRTMAX);
    plain = signalfd(-1, &all, 0);
    SETUP(full != -1 && twin != -1 && plain != -1);
    before = state_of(full);
    before_plain = state_of(plain);
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    CHECK(12, same_state(before, state_of(full)));
    CHECK(13, same_state(before_plain, state_of(plain)));
    return 0;
}
