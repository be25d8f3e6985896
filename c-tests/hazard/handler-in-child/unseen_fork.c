/* A child made by a system call by instruction, which no hook sees, of a program that had made another one before: then its
 * handlers are watched.
 *
 * ways: fork SYS_clone vfork posix_spawn system
 * bare: exit 12
 * guarded: exit 12; handler-in-child reported x1
 */
#include "inherited_handler.h"
#include <spawn.h>

static int child(void *none) {
    (void)none;
    tell(up);
    next_signal();
    CHECK(12, handled == 0);
    return 0;
}

static void make_another(const char *way) {
    static char *const PROGRAM[] = {"true", NULL};
    extern char **environ;
    pid_t pid = -1;
    if (strcmp(way, "system") == 0) {
        SETUP(system("true") == 0);
        return;
    }
    if (strcmp(way, "posix_spawn") == 0) {
        SETUP(posix_spawn(&pid, "/bin/true", NULL, NULL, PROGRAM, environ) == 0);
    } else {
        pid = strcmp(way, "fork") == 0 ? fork() : strcmp(way, "vfork") == 0 ? vfork() : sys_clone();
        if (pid == 0)
            _exit(0);
    }
    SETUP(waitpid(pid, NULL, 0) == pid);
}

int main(int argc, char **argv) {
    static const struct way BY_INSTRUCTION = {"asm", asm_fork, NULL};
    SETUP(argc == 2);
    handle(SIGUSR1, count, 0);
    make_another(argv[1]);
    struct kid kid = start(&BY_INSTRUCTION, child, NULL);
    await(kid.line);
    SETUP(kill(kid.pid, SIGUSR1) == 0);
    delivered(&kid);
    ended(&kid);
    return 0;
}
