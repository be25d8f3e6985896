/* A program that is sent signals all the time runs other programs, in every way there is, and makes children: its handlers
 * run where they should, in the parent too while a child is between vfork and exec, and no program is hurt that has just begun.
 * The signals go to the process alone, or to its whole group, as a terminal's do: then its children run its handlers.
 *
 * ways: fork vfork posix_spawn system exit
 * bare: exit 0
 * guarded handler-in-child=off: exit 0; nothing
 * guarded mode=observe handler-in-child=off: exit 0; nothing
 * bare differs: no
 */
#include "inherited_handler.h"
#include <spawn.h>

enum { PROGRAMS = 60 };

static pid_t run(const char *way) {
    static char *const PROGRAM[] = {"sh", "-c", "exit 3", NULL};
    extern char **environ;
    pid_t pid = -1;
    if (strcmp(way, "posix_spawn") == 0)
        return posix_spawn(&pid, "/bin/sh", NULL, NULL, PROGRAM, environ) == 0 ? pid : -1;
    pid = strcmp(way, "vfork") == 0 ? vfork() : fork();
    if (pid == 0) {
        if (strcmp(way, "exit") != 0)
            execv("/bin/sh", PROGRAM);
        _exit(strcmp(way, "exit") == 0 ? 3 : 127);
    }
    return pid;
}

/* Past every hook, without memory of its own: a process that does nothing but send. Nobody is hurt by SIGWINCH who
 * has no handler for it (signal(7)). */
static pid_t send_all_the_time(void) {
    pid_t parent = raw_getpid(), pid = asm_fork();
    SETUP(pid != -1);
    if (pid != 0)
        return pid;
    struct timespec pause = {0, 20000};
    raw_call(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
    for (bool group = false;; group = !group) {
        if (raw_call(SYS_kill, group ? -parent : parent, SIGWINCH) == -1)
            quit(0);
        raw_call(SYS_nanosleep, &pause, NULL);
    }
}

int main(int argc, char **argv) {
    SETUP(argc == 2 && (setpgid(0, 0) == 0 || getpgrp() == getpid()));
    handle(SIGWINCH, count, SA_RESTART);
    int right = 0;
    pid_t sender = send_all_the_time();
    while (handled == 0)
        sched_yield();
    for (int round = 0; round < PROGRAMS; round++) {
        int status = -1;
        if (strcmp(argv[1], "system") == 0) {
            status = system("exit 3");
        } else {
            pid_t pid = run(argv[1]);
            SETUP(pid > 0 && waitpid(pid, &status, 0) == pid);
        }
        right += WIFEXITED(status) && WEXITSTATUS(status) == 3;
    }
    SETUP(kill(sender, SIGKILL) == 0 && waitpid(sender, NULL, 0) == sender);
    say("%d of %d\n", right, PROGRAMS);
    return 0;
}
