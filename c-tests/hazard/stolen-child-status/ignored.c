/* A program is started with SIGCHLD ignored, which exec passes on, and does not know it: of its children it learns nothing.
 * Said once.
 *
 * ways: waitpid wait system pclose spawned vforked
 * bare: exit 12
 * guarded: exit 12; stolen-child-status reported x1
 * guarded stolen-child-status=off: exit 12; nothing
 * guarded mode=observe: exit 12; stolen-child-status reported x1
 */
#include "check.h"
#include <spawn.h>

static int learns(const char *way) {
    char *arguments[] = {"true", NULL}, *environment[] = {NULL};
    pid_t child = -1;
    if (strcmp(way, "system") == 0)
        return system("exit 0") == 0;
    if (strcmp(way, "pclose") == 0)
        return pclose(popen("exit 0", "w")) == 0;
    if (strcmp(way, "spawned") == 0)
        SETUP(posix_spawn(&child, "/bin/true", NULL, NULL, arguments, environment) == 0);
    else
        child = strcmp(way, "vforked") == 0 ? vfork() : fork();
    if (child == 0)
        _exit(0);
    return strcmp(way, "wait") == 0 ? wait(NULL) == child : waitpid(child, NULL, 0) == child;
}

int main(int argc, char **argv) {
    SETUP(argc >= 2);
    if (argc == 2) {
        char *arguments[] = {argv[0], argv[1], "again", NULL};
        SETUP(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
        execv("/proc/self/exe", arguments);
        SETUP(false);
    }
    int learnt = 0;
    for (int turn = 0; turn < 3; turn++)
        learnt += learns(argv[1]);
    CHECK(12, learnt == 3);
    return 0;
}
