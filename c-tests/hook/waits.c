/* Waits for children: what they answer, fill in and refuse, and errno, in a parent, on a thread and in a child.
 *
 * ways: plain thread child
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded mode=observe: exit 0; nothing
 * guarded reentrant-sigchld=repair: exit 0; nothing
 * bare differs: no
 */
#include "check.h"
#include <spawn.h>

static pid_t lives(int code, bool stops) {
    pid_t child = fork();
    if (child == 0) {
        if (stops)
            raise(SIGSTOP);
        quit(code);
    }
    SETUP(child > 0);
    return child;
}

static void show(const char *what, pid_t child, long answer, int status) {
    int error = errno;
    say("%s: %s, status %x", what, answer == child ? "the child" : answer == 0 ? "0" : answer == -1 ? "-1" : "?", (unsigned)status);
    say(answer == -1 ? ", errno %d\n" : "\n", error);
    errno = 77;
}

static void *run(void *none) {
    int status = 5;
    struct rusage usage;
    siginfo_t info;
    memset(&usage, 0xff, sizeof usage);
    memset(&info, 0xff, sizeof info);
    errno = 77;
    pid_t child = lives(3, false);
    show("wait", child, wait(&status), status);
    show("wait, none", child, wait(&status), status);
    child = lives(4, false);
    show("waitpid", child, waitpid(child, &status, 0), status);
    child = lives(5, false);
    show("wait3", child, wait3(&status, 0, &usage), status);
    say("%d\n", usage.ru_maxrss >= 0);
    child = lives(6, false);
    show("wait4", child, wait4(child, &status, 0, &usage), status);
    show("wait4, none", child, wait4(child, &status, 0, NULL), status);
    child = lives(7, false);
    show("waitid", child, waitid(P_PID, (id_t)child, &info, WEXITED), info.si_status);
    say("%d %d %d\n", info.si_pid == child, info.si_code, info.si_signo);
    show("waitid, none", child, waitid(P_ALL, 0, &info, WEXITED), 0);
    child = lives(8, true);
    show("stopped", child, waitpid(child, &status, WUNTRACED), status);
    show("still there", child, waitpid(-1, &status, WNOHANG), 0);
    SETUP(kill(child, SIGCONT) == 0);
    show("goes on and ends", child, waitpid(0, &status, 0), status);
    child = lives(9, true);
    show("stopped, waitid", child, waitid(P_ALL, 0, &info, WSTOPPED), info.si_status);
    memset(&info, 0xff, sizeof info);
    show("waitid, nothing new", child, waitid(P_ALL, 0, &info, WEXITED | WNOHANG), 0);
    say("%d %d\n", info.si_pid, info.si_signo);
    SETUP(kill(child, SIGKILL) == 0);
    show("killed, kept", child, waitid(P_PGID, (id_t)getpgrp(), &info, WEXITED | WNOWAIT), info.si_status);
    show("killed", child, waitpid(-getpgrp(), NULL, 0), 0);
    show("bad options", child, waitpid(-1, &status, 0x7fff), 0);
    show("bad options", child, waitid(P_ALL, 0, &info, 0), 0);
    show("bad kind", child, waitid((idtype_t)99, 0, &info, WEXITED), 0);
    show("bad id", child, waitpid((pid_t)0x80000000, &status, 0), 0);
    child = lives(10, false);
    show("no room", child, waitpid(child, (int *)8, 0), 0);
    char *arguments[] = {"sh", "-c", "exit 11", NULL}, *environment[] = {NULL};
    SETUP(posix_spawn(&child, "/bin/sh", NULL, NULL, arguments, environment) == 0);
    show("spawned", child, waitpid(-1, &status, 0), status);
    say("%d %d\n", posix_spawn(&child, "/nonexistent", NULL, NULL, arguments, environment), posix_spawnp(&child, "", NULL, NULL, arguments, environment));
    say("%d %d %d\n", system(NULL), system("exit 12"), system("kill -9 $$"));
    errno = 77;
    say("%d", popen("true", "q") == NULL);
    say(" %d\n", errno);
    return none;
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    if (strcmp(argv[1], "thread") == 0) {
        pthread_t thread;
        SETUP(pthread_create(&thread, NULL, run, NULL) == 0 && pthread_join(thread, NULL) == 0);
    } else if (strcmp(argv[1], "child") == 0) {
        int status;
        pid_t child = fork();
        if (child == 0) {
            run(NULL);
            quit(0);
        }
        SETUP(waitpid(child, &status, 0) == child && status == 0);
    } else {
        run(NULL);
    }
    return 0;
}
