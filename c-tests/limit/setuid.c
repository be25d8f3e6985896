/* A setuid program, started by another user, is run without us by the loader (ld.so(8), secure execution): it does
 * what it does bare, and nothing is said.
 *
 * ways: none
 * bare: exit 12
 * guarded: exit 12; nothing
 * bare differs: no
 * stderr: not compared
 * may skip: needs root
 */
#include "fork_ways.h"
#include "poller.h"
#include <sys/auxv.h>
#include <sys/mount.h>

static int touch(void *arg) {
    struct line_pipe own = new_pipe();
    SETUP(add(*(int *)arg, own.out, EPOLLIN, 7) == 0);
    fill(own);
    tell(up);
    await(up);
    return 0;
}

static int as_setuid(void) {
    SETUP(getauxval(AT_SECURE) == 1);
    int poller = new_poller();
    struct kid kid = start(PLAIN_FORK, touch, &poller);
    await(kid.line);
    CHECK(12, ready(poller) == 0);
    tell(kid.line);
    ended(&kid);
    return 0;
}

int main(int argc, char **argv) {
    int status;
    (void)argv;
    if (argc == 2)
        return as_setuid();
    if (geteuid() != 0)
        SKIP("needs root");
    /* Where another user can reach it. */
    char path[] = "/tmp/setuid-test.XXXXXX", program[64], command[9000], self[4096];
    ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);
    SETUP(size > 0 && mkdtemp(path) != NULL && chmod(path, 0755) == 0);
    self[size] = '\0';
    snprintf(program, sizeof program, "%s/program", path);
    snprintf(command, sizeof command, "cp %s %s && chown 65534 %s && chmod 4755 %s", self, program, program, program);
    SETUP(system(command) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        SETUP(setgid(65533) == 0 && setuid(65533) == 0);
        alarm(ALARM_SECONDS);
        execl(program, program, "again", (char *)NULL);
        _exit(98);
    }
    SETUP(waitpid(pid, &status, 0) == pid);
    snprintf(command, sizeof command, "rm -r %s", path);
    SETUP(system(command) == 0);
    return code_of(status);
}
