/* The calls that forkproof lets through without a frame of its own: vfork returns twice on one stack, clone has up to
 * seven arguments, and posix_spawn, system and popen keep theirs, also when a signal stack, other threads and
 * attributes are in play.
 *
 * ways: fresh forked child grown
 * bare: exit 0
 * guarded: exit 0; nothing
 * bare differs: no
 */
#include "transcript.h"
#include <spawn.h>

static __attribute__((noinline)) int by_vfork(int code) {
    volatile int shared = 1;
    int status;
    errno = ODD;
    pid_t pid = vfork();
    if (pid == 0) {
        shared = errno == ODD ? 2 : 3;
        _exit(code);
    }
    int error = errno;
    SETUP(waitpid(pid, &status, 0) == pid);
    return WEXITSTATUS(status) * 100 + shared * 10 + (error == ODD);
}

static __attribute__((noinline)) int vfork_and_exec(const char *program) {
    int status;
    pid_t pid = vfork();
    if (pid == 0) {
        execl(program, program, "-c", "exit 42", (char *)NULL);
        _exit(errno);
    }
    SETUP(waitpid(pid, &status, 0) == pid);
    return status;
}

static pid_t in_parent, in_child;
static __thread int own = 5;
static int clone_main(void *arg) { return *(int *)arg + (in_child == raw_getpid()) + own; }

static int clone_with(int flags) {
    static char stack[1 << 18] __attribute__((aligned(64)));
    int arg = 30, status = -1;
    in_parent = in_child = -1;
    pid_t pid = clone(clone_main, stack + sizeof stack, flags | SIGCHLD, &arg, &in_parent, NULL, &in_child);
    if (pid == -1)
        return -1;
    SETUP(waitpid(pid, &status, 0) == pid);
    return status * 10 + (in_parent == pid) + 2 * (in_child == pid);
}

static int spawned(short flags) {
    char *arguments[] = {"sh", "-c", "trap '' TERM; kill -TERM $$; read x <&9; exit ${x}0", NULL}, *environment[] = {"LC_ALL=C", NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    pid_t pid;
    int ends[2], status;
    sigemptyset(&none);
    sigfillset(&all);
    SETUP(pipe(ends) == 0 && write(ends[1], "3\n", 2) == 2);
    SETUP(posix_spawn_file_actions_init(&actions) == 0 && posix_spawn_file_actions_adddup2(&actions, ends[0], 9) == 0);
    SETUP(posix_spawnattr_init(&attributes) == 0 && posix_spawnattr_setflags(&attributes, flags) == 0);
    SETUP(posix_spawnattr_setsigmask(&attributes, &none) == 0 && posix_spawnattr_setsigdefault(&attributes, &all) == 0);
    errno = ODD;
    int answer = posix_spawn(&pid, "/bin/sh", &actions, &attributes, arguments, environment);
    SETUP(answer == 0 && waitpid(pid, &status, 0) == pid);
    close(ends[0]);
    close(ends[1]);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return status;
}

static int run(void *none) {
    (void)none;
    T(by_vfork(0));
    T(by_vfork(77));
    T(vfork_and_exec("/bin/sh"));
    T(vfork_and_exec("/nowhere/sh"));
    T(clone_with(0));
    T(clone_with(CLONE_PARENT_SETTID | CLONE_CHILD_SETTID));
    T(clone_with(CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_VM | CLONE_VFORK));
    T(clone_with(CLONE_VM | CLONE_VFORK | CLONE_FILES));
    T(clone_with(CLONE_SIGHAND));
    T(clone_with(CLONE_FS | CLONE_NEWNS));
    T(clone(NULL, NULL, SIGCHLD, NULL));
    T(spawned(0));
    T(spawned(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK));
    T(spawned(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_USEVFORK));
    T(system("exit 4"));
    FILE *stream = popen("exit 6", "r");
    T(pclose(stream));
    return 0;
}

int main(int argc, char **argv) { return in_the_way(argc, argv, run); }
