/* A signalfd in a poller tells of the signals of the process that registered it (signalfd(2)), so a child that
 * uses the inherited loop never hears of its own. Its own loop does.
 *
 * ways: all
 * bare: exit 21
 * guarded: exit 0; inherited-poller repaired x1, shared-signalfd repaired x1
 * stderr: not compared
 */
#include "fork_ways.h"
#include "poller.h"
#include <sys/signalfd.h>

static int child(void *poller) {
    /* Any signal before the fork has put the registration up for a look, by whoever looks first. */
    CHECK(19, ready(*(int *)poller) == 0);
    CHECK(20, kill(raw_getpid(), SIGUSR1) == 0);
    CHECK(21, ready(*(int *)poller) == BIT(1));
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    SETUP(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0);
    int poller = new_poller();
    int signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    SETUP(signals != -1);
    SETUP(add(poller, signals, EPOLLIN, 1) == 0);
    struct kid kid = start(way, child, &poller);
    ended(&kid);
    CHECK(12, ready(poller) == 0);
    return 0;
}
