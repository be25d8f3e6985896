/* prctl, right and wrong: result, errno and what it writes, all five arguments where they belong; and the same by number.
 *
 * ways: fresh forked child grown
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded mode=observe: exit 0; nothing
 * bare differs: no
 * may skip: needs seccomp filters
 */
#include "transcript.h"
#include <linux/filter.h>
#include <linux/seccomp.h>

static int run(void *none) {
    (void)none;
    char name[16] = "";
    struct sock_filter pass = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {.len = 1, .filter = &pass};
    T(prctl(PR_SET_NAME, "of sixteen bytes, at most"));
    T(prctl(PR_GET_NAME, name));
    say("%s\n", name);
    T(prctl(PR_GET_DUMPABLE));
    T(prctl(-1));
    T(prctl(PR_SET_PDEATHSIG, 77));
    T(prctl(PR_GET_NAME, NOWHERE));
    T(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 7)); /* the last one must be 0 */
    T(prctl(PR_SET_SECCOMP, 77));
    T(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL));
    T(syscall(SYS_prctl, PR_SET_SECCOMP, 77));
    T(syscall(SYS_seccomp, 77, 0, NULL));
    T(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, NULL));
    T(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 1 << 30, &program));
    T(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        SKIP("no seccomp filters here");
    T(prctl(PR_GET_SECCOMP));
    T(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program));
    T(syscall(SYS_prctl, PR_GET_SECCOMP));
    return 0;
}

int main(int argc, char **argv) { return in_the_way(argc, argv, run); }
