/* Forks that fail (EAGAIN, RLIMIT_NPROC): each answers as libc does, the parent's atfork handlers run, no signal
 * stays blocked, and afterwards forks work again.
 *
 * ways: none
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded identity=atfork: exit 0; nothing
 * bare differs: no
 */
#include "transcript.h"
#include <spawn.h>

static int prepared, in_parents, in_children;
static void prepare(void) { prepared++; }
static void in_parent(void) { in_parents++; }
static void in_child(void) { in_children++; }

static int never(void *none) {
    (void)none;
    return 0;
}

static pid_t wait_for(pid_t pid) {
    if (pid == 0)
        quit(0);
    return pid > 0 && waitpid(pid, NULL, 0) == pid ? 1 : pid;
}

static void all(void) {
    static char stack[65536] __attribute__((aligned(64)));
    char *arguments[] = {"true", NULL}, *environment[] = {NULL};
    uint64_t mask;
    pid_t pid = -7;
    T(wait_for(fork()));
    T(wait_for(_Fork()));
    T(wait_for(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)));
    T(wait_for(sys_clone3()));
    T(wait_for(clone(never, stack + sizeof stack, SIGCHLD, NULL)));
    T(wait_for(clone(never, stack + sizeof stack, SIGCHLD | CLONE_VM | CLONE_VFORK, NULL)));
    T(posix_spawn(&pid, "/bin/true", NULL, NULL, arguments, environment));
    if (pid > 0)
        waitpid(pid, NULL, 0);
    pid = -7;
    T(posix_spawnp(&pid, "true", NULL, NULL, arguments, environment));
    if (pid > 0)
        waitpid(pid, NULL, 0);
    T(system("exit 5"));
    FILE *stream = popen("exit 5", "r");
    T(stream != NULL);
    if (stream)
        T(pclose(stream));
    T(raw_call(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, 8));
    T(mask);
    T(prepared * 10000 + in_parents * 100 + in_children);
    T(epoll_create1(0));
}

int main(void) {
    struct rlimit limit, none;
    SETUP(pthread_atfork(prepare, in_parent, in_child) == 0);
    SETUP(getrlimit(RLIMIT_NPROC, &limit) == 0);
    all();
    none = limit;
    none.rlim_cur = 0;
    SETUP(setrlimit(RLIMIT_NPROC, &none) == 0);
    /* Root is not bound by the limit, so be somebody else: by effective and real, not saved. */
    if (geteuid() == 0)
        SETUP(setresuid(65534, 65534, 0) == 0);
    all();
    if (geteuid() == 65534)
        SETUP(setresuid(0, 0, 0) == 0);
    SETUP(setrlimit(RLIMIT_NPROC, &limit) == 0);
    all();
    return 0;
}
