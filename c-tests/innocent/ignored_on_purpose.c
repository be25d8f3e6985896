/* A program that was started with SIGCHLD ignored says itself that it wants it so: its waits last until there is no
 * child, and answer that.
 *
 * ways: signal sigaction
 * bare: exit 0
 * guarded: exit 0; nothing
 * bare differs: no
 */
#include "check.h"

int main(int argc, char **argv) {
    SETUP(argc >= 2 && signal(SIGCHLD, SIG_IGN) != SIG_ERR);
    if (argc == 2) {
        char *arguments[] = {argv[0], argv[1], "again", NULL};
        execv("/proc/self/exe", arguments);
        SETUP(false);
    }
    if (strcmp(argv[1], "sigaction") == 0)
        SETUP(sigaction(SIGCHLD, &(struct sigaction){.sa_handler = SIG_IGN}, NULL) == 0);
    for (int turn = 0; turn < 3; turn++) {
        pid_t child = fork();
        if (child == 0)
            quit(0);
        int answer = (int)(turn == 0 ? wait(NULL) : waitpid(child, NULL, 0));
        say("%d %d\n", answer, errno);
    }
    return 0;
}
