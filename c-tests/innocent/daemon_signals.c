/* A daemon that was set up before it went to the background: pair, loop and handlers are those it had, its first process has
 * ended, and nobody else has them. Its signals reach its loop; there is nothing to mend but the loop, which is inherited.
 *
 * ways: daemon once twice
 * bare: exit 0
 * guarded inherited-poller=off: exit 0; nothing
 * guarded inherited-poller=off mode=strict: exit 0; nothing
 * bare differs: no
 */
#include "wakeup.h"

int main(int argc, char **argv) {
    int line[2];
    SETUP(argc == 2 && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line) == 0);
    pid_t outer = asm_fork();
    SETUP(outer != -1);
    if (outer != 0) {
        /* Not the daemon's business: only waits for it and for its word. */
        pid_t daemon_pid;
        raw_close(line[1]);
        SETUP(waitpid(outer, NULL, 0) == outer);
        SETUP(raw_read(line[0], &daemon_pid, sizeof daemon_pid) == sizeof daemon_pid);
        struct kid kid = {daemon_pid, line[0]};
        for (int round = 0; round < 3; round++)
            signal_to(&kid, SIGTERM);
        int code = 99;
        SETUP(raw_read(line[0], &code, sizeof code) == sizeof code);
        say("the daemon says %d\n", code);
        return 0;
    }
    raw_close(line[0]);
    wake = wakeup_of("pipe");
    pid_t made_by = raw_getpid();
    handle(SIGTERM, wake_up, SA_RESTART);
    if (strcmp(argv[1], "daemon") == 0) {
        SETUP(daemon(1, 1) == 0);
    } else {
        for (int round = strcmp(argv[1], "twice") == 0 ? 2 : 1; round > 0; round--) {
            made_by = raw_getpid();
            pid_t pid = fork();
            SETUP(pid != -1);
            if (pid != 0)
                _exit(0);
            SETUP(setsid() != -1 || round == 1);
        }
    }
    alarm(ALARM_SECONDS);
    up = line[1];
    pid_t pid = raw_getpid();
    while (made_by == (pid_t)raw_call(SYS_getppid))
        sched_yield(); /* until it has ended there is somebody else */
    SETUP(raw_write(up, &pid, sizeof pid) == sizeof pid);
    int heard = 0;
    for (int round = 0; round < 3; round++) {
        next_signal();
        heard += woken(&wake) == 1 ? taken(&wake) : 100;
    }
    SETUP(raw_write(up, &heard, sizeof heard) == sizeof heard);
    return 0;
}
