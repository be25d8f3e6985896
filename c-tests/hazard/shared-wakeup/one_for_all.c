/* One pair for all signals, as in libevent, libev, CPython and most others. What the first signal mended is mended for the rest,
 * and their handlers do what they should: nothing more is said.
 *
 * ways: fork SYS_clone grandchild
 * bare: exit 12
 * guarded: exit 0; shared-wakeup repaired x1, inherited-poller repaired x1
 */
#include "wakeup.h"

static const int SIGNALS[] = {SIGTERM, SIGUSR1, SIGINT, SIGHUP};
enum { COUNT = sizeof SIGNALS / sizeof *SIGNALS };

static void tell_number(int number) {
    char byte = (char)number;
    if (write(wake.in, &byte, 1) != 1)
        put_badly++;
}

static int child(void *none) {
    (void)none;
    CHECK(20, woken(&wake) == 0);
    for (int place = 0; place < COUNT; place++) {
        char byte = 0;
        next_signal();
        await(up);
        CHECK(21, woken(&wake) == 1 && put_badly == 0);
        CHECK(22, read(wake.out, &byte, 1) == 1 && byte == (char)SIGNALS[place]);
        CHECK(23, woken(&wake) == 0);
    }
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    wake = wakeup_of("pipe");
    for (int place = 0; place < COUNT; place++)
        handle(SIGNALS[place], tell_number, SA_RESTART);
    struct kid kid = start(way, child, NULL);
    for (int place = 0; place < COUNT; place++) {
        signal_to(&kid, SIGNALS[place]);
        CHECK(12, woken(&wake) == 0);
        tell(kid.line);
    }
    ended(&kid);
    return 0;
}
