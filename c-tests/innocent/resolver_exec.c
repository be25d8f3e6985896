/* A thread is inside getaddrinfo while the process starts programs, and children that end at once. They never come near
 * the locks, and nothing is said about them.
 *
 * ways: exec exit spawn vfork system
 * bare: exit 0
 * guarded resolver_wait_ms=0: exit 0; nothing
 * guarded resolver_wait_ms=0 mode=strict: exit 0; nothing
 * guarded mode=observe: exit 0; nothing
 * bare differs: no
 * may skip: needs a seccomp listener
 */
#include "resolver.h"
#include <spawn.h>

static char *const PROGRAM[] = {"true", NULL};

static pid_t started(const char *way) {
    extern char **environ;
    pid_t pid;
    if (strcmp(way, "spawn") == 0)
        return posix_spawnp(&pid, PROGRAM[0], NULL, NULL, PROGRAM, environ) == 0 ? pid : -1;
    pid = strcmp(way, "vfork") == 0 ? vfork() : fork();
    if (pid == 0) {
        if (strcmp(way, "exit") != 0)
            execvp(PROGRAM[0], PROGRAM);
        _exit(strcmp(way, "exit") == 0 ? 0 : 99);
    }
    return pid;
}

int main(int argc, char **argv) {
    struct parked parked;
    int status;
    SETUP(argc == 2);
    park_in_getaddrinfo(&parked);
    for (int count = 0; count < 5; count++) {
        if (strcmp(argv[1], "system") == 0) {
            CHECK(12, system("true") == 0);
            continue;
        }
        pid_t pid = started(argv[1]);
        SETUP(pid > 0 && waitpid(pid, &status, 0) == pid);
        CHECK(13, status == 0);
    }
    let_go(&parked);
    return 0;
}
