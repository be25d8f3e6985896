/* A handler is entered again while it is at work, since it was installed with SA_NODEFER, or unblocks its signal itself:
 * its two steps are torn apart. Held back, the second delivery waits until the first is done with, and the program idles.
 *
 * ways: nodefer unblocks setmask sigrelse alternate_stack
 * bare: exit 12
 * guarded: exit 12; reentrant-sigchld reported x1
 * guarded reentrant-sigchld=repair defer_ms=60000: exit 0; nothing
 * guarded reentrant-sigchld=die: exit 66; reentrant-sigchld died x1
 * guarded reentrant-sigchld=off: exit 12; nothing
 * guarded mode=observe: exit 12; reentrant-sigchld reported x1
 * guarded defer_signals=USR1: exit 12; nothing
 */
#include "check.h"
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

static const char *way;
static volatile sig_atomic_t depth, deepest, runs;

static void handler(int number) {
    depth++;
    if (depth > deepest)
        deepest = depth;
    runs++;
    sigset_t own, none;
    sigemptyset(&own);
    sigemptyset(&none);
    sigaddset(&own, number);
    if (strcmp(way, "unblocks") == 0)
        SETUP(sigprocmask(SIG_UNBLOCK, &own, NULL) == 0);
    else if (strcmp(way, "setmask") == 0)
        SETUP(pthread_sigmask(SIG_SETMASK, &none, NULL) == 0);
    else if (strcmp(way, "sigrelse") == 0)
        SETUP(sigrelse(number) == 0);
    if (runs < 4)
        SETUP(raise(number) == 0);
    depth--;
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    way = argv[1];
    static char stack[1 << 16];
    struct sigaction action = {.sa_handler = handler};
    if (strcmp(way, "nodefer") == 0)
        action.sa_flags = SA_NODEFER;
    if (strcmp(way, "alternate_stack") == 0) {
        SETUP(sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof stack}, NULL) == 0);
        action.sa_flags = SA_NODEFER | SA_ONSTACK;
    }
    SETUP(sigaction(SIGCHLD, &action, NULL) == 0);
    pid_t child = fork(); /* from here on handlers are looked at */
    if (child == 0)
        quit(0);
    while (runs < 4)
        poll(NULL, 0, 1000);
    CHECK(11, runs >= 4);
    CHECK(12, deepest == 1);
    return 0;
}
