/* Processes that do nothing but hold every file they inherited, until they are let go: made in any
 * way to fork, or running another program (vfork and exec, posix_spawn, system, popen), which holds
 * what has no FD_CLOEXEC. */
#ifndef HOLDERS_H
#define HOLDERS_H

#include "fork_ways.h"
#include <spawn.h>

struct holder {
    struct kid kid;
    int control;
    FILE *stream;
};

static int hold_until_told(void *none) {
    (void)none;
    tell(up);
    await(up);
    return 0;
}

/* cat ends when the other end of its input is closed; nobody but us has that end. */
static pid_t vfork_exec(int input) {
    pid_t pid = vfork();
    if (pid == 0) {
        if (dup2(input, 0) == 0)
            execl("/bin/cat", "cat", (char *)NULL);
        _exit(99);
    }
    SETUP(pid != -1);
    return pid;
}

static pid_t spawn(int input) {
    char *arguments[] = {"cat", NULL}, *environment[] = {NULL};
    posix_spawn_file_actions_t actions;
    pid_t pid;
    SETUP(posix_spawn_file_actions_init(&actions) == 0);
    SETUP(posix_spawn_file_actions_adddup2(&actions, input, 0) == 0);
    SETUP(posix_spawn(&pid, "/bin/cat", &actions, NULL, arguments, environment) == 0);
    posix_spawn_file_actions_destroy(&actions);
    return pid;
}

/* The shell ends at once, and cat, its child, becomes ours (prctl(2)). */
static pid_t by_system(int input) {
    SETUP(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
    char command[64];
    int lasting = (int)raw_call(SYS_fcntl, input, F_DUPFD, 100);
    SETUP(lasting != -1);
    snprintf(command, sizeof command, "cat </dev/fd/%d >/dev/null &", lasting);
    SETUP(system(command) == 0);
    raw_close(lasting);
    return -1; /* for waitpid: whichever child we have */
}

static MAYBE_UNUSED struct holder hold(int argc, char **argv) {
    struct holder holder = {.control = -1};
    const char *way = argc > 1 ? argv[1] : "fork";
    pid_t (*run)(int) = strcmp(way, "vfork_exec") == 0    ? vfork_exec
                        : strcmp(way, "posix_spawn") == 0 ? spawn
                        : strcmp(way, "system") == 0      ? by_system
                                                          : NULL;
    if (run) {
        int ends[2];
        SETUP(raw_call(SYS_pipe2, ends, O_CLOEXEC) == 0);
        holder.control = raw_dup_above(ends[1], 200);
        raw_close(ends[1]);
        holder.kid.pid = run(ends[0]);
        raw_close(ends[0]);
    } else if (strcmp(way, "popen") == 0) {
        holder.stream = popen("cat >/dev/null", "w");
        SETUP(holder.stream != NULL);
    } else {
        holder.kid = start(which_way(argc, argv), hold_until_told, NULL);
        await(holder.kid.line);
    }
    return holder;
}

static MAYBE_UNUSED void let_go(struct holder *holder) {
    if (holder->stream) {
        SETUP(pclose(holder->stream) == 0);
    } else if (holder->control != -1) {
        raw_close(holder->control);
        int status;
        SETUP(waitpid(holder->kid.pid, &status, 0) > 0 && status == 0);
    } else {
        tell(holder->kid.line);
        ended(&holder->kid);
    }
}

#endif
