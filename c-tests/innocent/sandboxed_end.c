/* A program that gives up every system call but the one that ends it, and ends: by a filter through prctl or seccomp(2) by
 * number, or in the strict mode. It has forked, waited and failed to exec before, so that the log has its records; the end is
 * none of them, since what it takes is not allowed.
 *
 * ways: prctl seccomp strict
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded mode=observe: exit 0; nothing
 * bare differs: no
 * may skip: needs seccomp filters
 */
#include "fork_ways.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>

static struct sock_filter only_to_end[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 1, 0),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};
static struct sock_fprog program = {.len = sizeof only_to_end / sizeof *only_to_end, .filter = only_to_end};

int main(int argc, char **argv) {
    SETUP(argc == 2);
    char *nobody[] = {"nobody", NULL};
    SETUP(execvp("/nonexistent/nobody", nobody) == -1);
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    SETUP(pid > 0 && waitpid(pid, NULL, 0) == pid);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        SKIP("no seccomp filters here");
    if (strcmp(argv[1], "prctl") == 0)
        SETUP(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
    if (strcmp(argv[1], "seccomp") == 0)
        SETUP(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0);
    if (strcmp(argv[1], "strict") == 0) {
        SETUP(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) == 0);
        syscall(SYS_exit, 0); /* exit_group is not allowed here */
    }
    _exit(0);
}
