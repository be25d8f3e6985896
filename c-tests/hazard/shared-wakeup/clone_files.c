/* A child made with CLONE_FILES shares the parent's table of descriptors (clone(2)): a pair of its own would come to
 * stand in the parent's place. So it is reported and left alone, and the parent's numbers lead where they led.
 *
 * ways: none
 * bare: exit 0
 * guarded: exit 0; shared-wakeup reported x1
 */
#include "wakeup.h"
#include <linux/sched.h>

static ino_t pair_inode(int fd) {
    struct stat status;
    SETUP(fstat(fd, &status) == 0);
    return status.st_ino;
}

int main(void) {
    wake = wakeup_of("pipe.unwatched");
    handle(SIGUSR1, wake_up, 0);
    ino_t before[2] = {pair_inode(wake.out), pair_inode(wake.in)};
    struct clone_args args = {.flags = CLONE_FILES, .exit_signal = SIGCHLD};
    pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof args);
    SETUP(pid != -1);
    if (pid == 0) {
        SETUP(raise(SIGUSR1) == 0);
        CHECK(21, handled == 1 && put_badly == 0);
        CHECK(22, pair_inode(wake.out) == before[0] && pair_inode(wake.in) == before[1]);
        quit(0);
    }
    int status;
    SETUP(waitpid(pid, &status, 0) == pid);
    CHECK(11, status == 0);
    CHECK(12, pair_inode(wake.out) == before[0] && pair_inode(wake.in) == before[1]);
    CHECK(13, taken(&wake) == 1);
    return 0;
}
