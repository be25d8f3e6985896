/* Lives of processes, each by its name: `lives NAME [ARGUMENT]`. What is to be found in the log is said on standard output,
 * a line each: `KIND CALL CHILD STATUS`, `-` for what that kind has not. tests/log.rs compares. */
#define _GNU_SOURCE
#include <errno.h>
#include <pty.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define SETUP(condition) \
    do { \
        if (!(condition)) { \
            perror(#condition); \
            _exit(99); \
        } \
    } while (0)

static const char *self;

static void forked(const char *call, pid_t child) {
    SETUP(child > 0);
    printf("fork %s %d -\n", call, (int)child);
}

static void reaped(pid_t child, int status) { printf("reap - %d %d\n", (int)child, status); }

/* By a plain fork, so that the test's own children are told in one way. */
static pid_t child_that_ends(int status) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        _exit(status);
    forked("fork", child);
    return child;
}

static pid_t spawned(int search, int unasked) {
    char *arguments[] = {(char *)self, "end", "7", NULL};
    pid_t child = 0;
    int error = search ? posix_spawnp(unasked ? NULL : &child, self, NULL, NULL, arguments, environ)
                       : posix_spawn(unasked ? NULL : &child, self, NULL, NULL, arguments, environ);
    SETUP(error == 0);
    return child;
}

int main(int count, char **arguments) {
    self = arguments[0];
    SETUP(count >= 2);
    const char *name = arguments[1];
    int argument = count > 2 ? atoi(arguments[2]) : 0, status = 0;
    siginfo_t info = {0};
    pid_t child;
    alarm(50);
    if (!strcmp(name, "end"))
        return argument;
    if (!strcmp(name, "exit"))
        exit(argument);
    if (!strcmp(name, "_exit"))
        _exit(argument);
    if (!strcmp(name, "_Exit"))
        _Exit(argument);
    if (!strcmp(name, "fork")) {
        child = child_that_ends(7);
        SETUP(wait(&status) == child && status == 7 << 8);
        reaped(child, 7 << 8);
    } else if (!strcmp(name, "_Fork")) {
        fflush(stdout);
        if ((child = _Fork()) == 0)
            _exit(7);
        forked("_Fork", child);
        SETUP(waitpid(child, NULL, 0) == child);
        reaped(child, 7 << 8);
    } else if (!strcmp(name, "forkpty")) {
        int terminal;
        fflush(stdout);
        if ((child = forkpty(&terminal, NULL, NULL, NULL)) == 0)
            _exit(7);
        forked("forkpty", child);
        SETUP(wait3(NULL, 0, NULL) == child);
        reaped(child, 7 << 8);
    } else if (!strcmp(name, "posix_spawn") || !strcmp(name, "posix_spawnp")) {
        child = spawned(name[11] != 0, 0);
        forked(name, child);
        SETUP(wait4(child, NULL, 0, NULL) == child);
        reaped(child, 7 << 8);
    } else if (!strcmp(name, "unasked")) {
        spawned(0, 1);
        child = wait(NULL);
        forked("posix_spawn", child);
        reaped(child, 7 << 8);
    } else if (!strcmp(name, "waitid")) {
        child = child_that_ends(9);
        SETUP(waitid(P_PID, child, NULL, WEXITED) == 0);
        reaped(child, 9 << 8);
        child = child_that_ends(10);
        SETUP(waitid(P_ALL, 0, &info, WEXITED) == 0 && info.si_pid == child && info.si_status == 10);
        reaped(child, 10 << 8);
    } else if (!strcmp(name, "left")) {
        child = child_that_ends(3);
        SETUP(waitid(P_PID, child, &info, WEXITED | WNOWAIT) == 0 && info.si_pid == child);
        SETUP(waitid(P_PID, child, NULL, WEXITED | WNOWAIT) == 0);
        SETUP(wait(NULL) == child);
        reaped(child, 3 << 8);
    } else if (!strcmp(name, "not yet")) {
        fflush(stdout);
        if ((child = fork()) == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            pause();
        }
        forked("fork", child);
        SETUP(waitpid(-1, &status, WNOHANG) == 0 && waitid(P_ALL, 0, NULL, WEXITED | WNOHANG) == 0);
        SETUP(waitpid(-1, NULL, WNOHANG) == 0);
        kill(child, SIGTERM);
        SETUP(waitid(P_PID, child, &info, WEXITED) == 0);
        reaped(child, SIGTERM);
    } else if (!strcmp(name, "stopped")) {
        fflush(stdout);
        if ((child = fork()) == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            raise(SIGSTOP);
            raise(SIGKILL);
        }
        forked("fork", child);
        SETUP(waitpid(child, NULL, WUNTRACED) == child);
        kill(child, SIGCONT);
        SETUP(waitid(P_PID, child, NULL, WCONTINUED | WEXITED | WNOWAIT) == 0);
        do
            SETUP(waitpid(child, &status, WCONTINUED) == child);
        while (WIFCONTINUED(status));
        SETUP(status == SIGKILL);
        reaped(child, SIGKILL);
    } else if (!strcmp(name, "dumped")) {
        fflush(stdout);
        if ((child = fork()) == 0)
            abort();
        forked("fork", child);
        SETUP(waitid(P_PID, child, &info, WEXITED) == 0);
        reaped(child, info.si_code == CLD_DUMPED ? SIGABRT | 0x80 : SIGABRT);
    } else if (!strcmp(name, "execs")) {
        char *end[] = {(char *)self, "end", "5", NULL};
        SETUP(execve("/nonexistent/program", end, environ) == -1 && errno == ENOENT);
        SETUP(execl("/dev/null/program", "program", NULL) == -1 && errno == ENOTDIR);
        SETUP(execv("/dev/null", end) == -1 && errno == EACCES);
        printf("exec execv - -\n");
        SETUP(execvp("no such program", end) == -1);
        printf("exec execvp - -\n");
        printf("exec execve - -\n");
        fflush(stdout);
        execve(self, end, environ);
    } else if (!strcmp(name, "system")) {
        /* Both wait inside libc, where nobody sees it: what is to be found is nothing, and no error. */
        SETUP(system("exit 4") == 4 << 8);
        FILE *stream = popen("exit 4", "r");
        SETUP(stream && pclose(stream) == 4 << 8);
    } else if (!strcmp(name, "vfork")) {
        if ((child = vfork()) == 0) {
            execl("/nonexistent", "x", NULL);
            _exit(6);
        }
        SETUP(child > 0 && wait(NULL) == child);
        reaped(child, 6 << 8);
    } else if (!strcmp(name, "clone")) {
        fflush(stdout);
        if ((child = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)) == 0)
            _exit(8);
        SETUP(child > 0 && wait(NULL) == child);
        reaped(child, 8 << 8);
    } else if (!strcmp(name, "daemon")) {
        fflush(stdout);
        SETUP(daemon(1, 1) == 0);
        return 3;
    } else if (!strcmp(name, "crowd")) {
        for (int place = 0; place < 8; place++) {
            pid_t one = fork();
            SETUP(one >= 0);
            if (one == 0) {
                for (int each = 0; each < 100; each++) {
                    if ((child = fork()) == 0)
                        _exit(each);
                    SETUP(child > 0 && waitpid(child, &status, 0) == child && status == each << 8);
                }
                _exit(0);
            }
        }
        while (wait(&status) > 0)
            SETUP(status == 0);
    } else if (!strcmp(name, "many")) {
        /* An exec that fails is one record. */
        char *nobody[] = {"nobody", NULL};
        for (int place = 0; place < 16; place++) {
            pid_t one = fork();
            SETUP(one >= 0);
            if (one == 0) {
                for (int each = 0; each < argument; each++)
                    execvp("/nonexistent/nobody", nobody);
                _exit(0);
            }
        }
        while (wait(&status) > 0)
            SETUP(status == 0);
    } else {
        return 98;
    }
    return 0;
}
