/* A fork from inside getaddrinfo, by an NSS module or by a signal handler that runs in it: it waits neither for itself
 * nor for another thread that is inside and stays there. The child comes out of getaddrinfo like its parent, and its next
 * lookup, which hangs bare, does not.
 *
 * ways: module handler
 * bare: exit 142
 * guarded vanished-threads=off resolver_wait_ms=10000: exit 0; interrupted-resolver repaired call=getaddrinfo x1
 * may skip: needs a seccomp listener
 */
#include "hang.h"
#include "nss_module.h"
#include "resolver.h"

static const char *way;
static pid_t pid;
static int64_t took;

static void do_fork(void) {
    int64_t begun = now_ms();
    pid = fork();
    took = now_ms() - begun;
    if (pid == 0)
        alarm(ALARM_SECONDS);
}

static void handle(int number) {
    (void)number;
    do_fork();
}

static void fork_inside(const char *name) {
    if (strcmp(name, "fork.test") != 0)
        return;
    if (strcmp(way, "handler") == 0)
        SETUP(raise(SIGUSR1) == 0);
    else
        do_fork();
}

int main(int argc, char **argv) {
    struct sigaction action = {.sa_handler = handle};
    struct parked parked;
    SETUP(argc == 2 && sigaction(SIGUSR1, &action, NULL) == 0);
    way = argv[1];
    use_nss_module();
    in_module = fork_inside;
    park_in_getaddrinfo(&parked);
    CHECK(21, module_answers("fork.test"));
    SETUP(pid != -1);
    CHECK(22, took < 5000);
    if (pid == 0)
        quit(child_resolves(NULL));
    struct kid kid = {pid, -1};
    ended(&kid);
    let_go(&parked);
    return 0;
}
