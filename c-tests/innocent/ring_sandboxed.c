/* A child that has not touched its parent's ring gives up every system call but the one that ends it, and ends: by a
 * filter through prctl or seccomp(2) by number, in the strict mode, or with a filter from before the ring was made. No
 * call of ours may come in between. Without records of processes, for the last of these ways
 * (c-tests/limit/filter_by_instruction.c); c-tests/innocent/sandboxed_end.c has the others with them.
 *
 * ways: prctl seccomp strict before
 * bare: exit 0
 * guarded log_processes=0: exit 0; nothing
 * guarded log_processes=0 mode=observe: exit 0; nothing
 * bare differs: no
 * may skip: needs io_uring and seccomp filters
 */
#include "rings.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>

static struct ring ring;
static const char *way;

/* Everything else ends the process with SIGSYS. */
static struct sock_filter only_to_end[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 1, 0),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

static struct sock_fprog program = {.len = sizeof only_to_end / sizeof *only_to_end, .filter = only_to_end};

/* A filter that nobody has seen installed, as after exec; it lets everything pass. */
static void refuse_unseen(void) {
    struct sock_filter *all = &only_to_end[3];
    struct sock_fprog any = {.len = 1, .filter = all};
    if (raw_call(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || raw_call(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &any) != 0)
        SKIP("no seccomp filters here");
}

static int child(void *none) {
    (void)none;
    if (strcmp(way, "prctl") == 0)
        SETUP(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
    if (strcmp(way, "seccomp") == 0)
        SETUP(syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0);
    if (strcmp(way, "strict") == 0) {
        SETUP(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) == 0);
        syscall(SYS_exit, 0); /* exit_group is not allowed here */
    }
    if (strcmp(way, "before") == 0)
        SETUP(raw_call(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0);
    _exit(0);
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    way = argv[1];
    if (strcmp(way, "before") == 0)
        refuse_unseen();
    ring = new_ring(0);
    submit(&ring, 1);
    struct kid kid = start(PLAIN_FORK, child, NULL);
    ended(&kid);
    CHECK(12, take(&ring) == 1);
    return 0;
}
