/* Each wait that takes any child, and each that then asks for that child by name.
 *
 * ways: wait waitpid waitpid_group waitpid_own_group wait3 wait4 waitid waitid_group no_status
 * bare: exit 12
 * guarded: exit 12; stolen-child-status reported call=waitpid x1, stolen-child-status reported call=wait4 x1, stolen-child-status reported call=waitid x1
 * guarded identity=atfork: exit 12; stolen-child-status reported x3
 */
#include "check.h"

static void take_any(const char *way, pid_t child) {
    int status;
    siginfo_t info;
    if (strcmp(way, "wait") == 0) {
        SETUP(wait(&status) == child);
    } else if (strcmp(way, "waitpid") == 0) {
        SETUP(waitpid(-1, &status, 0) == child);
    } else if (strcmp(way, "waitpid_own_group") == 0) {
        SETUP(waitpid(0, &status, 0) == child);
    } else if (strcmp(way, "waitpid_group") == 0) {
        SETUP(waitpid(-getpgrp(), &status, 0) == child);
    } else if (strcmp(way, "wait3") == 0) {
        SETUP(wait3(&status, 0, NULL) == child);
    } else if (strcmp(way, "wait4") == 0) {
        SETUP(wait4(-1, &status, 0, NULL) == child);
    } else if (strcmp(way, "waitid") == 0) {
        SETUP(waitid(P_ALL, 0, &info, WEXITED) == 0 && info.si_pid == child);
    } else if (strcmp(way, "waitid_group") == 0) {
        SETUP(waitid(P_PGID, (id_t)getpgrp(), &info, WEXITED) == 0 && info.si_pid == child);
    } else {
        SETUP(strcmp(way, "no_status") == 0 && wait(NULL) == child);
    }
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    int missed = 0;
    for (int turn = 0; turn < 3; turn++) {
        pid_t child = fork();
        if (child == 0)
            quit(0);
        take_any(argv[1], child);
        siginfo_t info;
        int answer = turn == 0   ? waitpid(child, NULL, 0)
                     : turn == 1 ? wait4(child, NULL, WNOHANG, NULL)
                                 : waitid(P_PID, (id_t)child, &info, WEXITED);
        SETUP(answer == -1 && errno == ECHILD);
        missed++;
    }
    CHECK(12, missed == 0);
    return 0;
}
