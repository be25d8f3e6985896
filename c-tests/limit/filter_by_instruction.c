/* A filter on system calls that is installed by a system call by instruction passes no hook. Where it allows nothing but the
 * end, the record of that end in the log is a call too many; without records of processes there is none. Pinned.
 *
 * ways: none
 * bare: exit 0
 * guarded: killed SIGSYS; nothing
 * guarded log_processes=0: exit 0; nothing
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

int main(void) {
    if (raw_call(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        SKIP("no seccomp filters here");
    SETUP(raw_call(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0);
    _exit(0);
}
