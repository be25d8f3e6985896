/* What copies the process past libc's fork waits for nobody; nor does what only runs another program. The bound is 10 s
 * here. The children are mended all the same.
 *
 * ways: _Fork SYS_fork SYS_clone SYS_clone3 asm clone
 * bare: exit 142
 * guarded vanished-threads=off resolver_wait_ms=10000: exit 0; interrupted-resolver repaired call=getaddrinfo x1
 * may skip: needs a seccomp listener
 */
#include "hang.h"
#include "resolver.h"
#include <spawn.h>

static void run_programs(void) {
    extern char **environ;
    static char *const ARGUMENTS[] = {"true", NULL};
    pid_t pid;
    int status;
    CHECK(21, system("true") == 0);
    CHECK(22, pclose(popen("true", "r")) == 0);
    CHECK(23, posix_spawnp(&pid, "true", NULL, NULL, ARGUMENTS, environ) == 0 && waitpid(pid, &status, 0) == pid && status == 0);
    pid = vfork();
    if (pid == 0) {
        execvp("true", ARGUMENTS);
        _exit(99);
    }
    CHECK(24, pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
}

int main(int argc, char **argv) {
    struct parked parked;
    const struct way *way = which_way(argc, argv);
    park_in_getaddrinfo(&parked);
    int64_t begun = now_ms();
    struct kid kid = start(way, child_resolves, NULL);
    run_programs();
    CHECK(25, now_ms() - begun < 9000);
    ended(&kid);
    let_go(&parked);
    return 0;
}
