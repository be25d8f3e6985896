/* A child that has used its parent's ring in memory, and how it ends: by exit, _exit, _Exit, from main. What is said is
 * that of the child that did it: one that comes after it finds the kernel's pages marked and is not accused.
 *
 * ways: exit _exit _Exit
 * bare: exit 12
 * guarded: exit 12; late-completion reported x1
 * guarded mode=strict: exit 12; late-completion reported x1
 * may skip: needs io_uring, and Linux 6.10
 */
#include "rings.h"
#undef exit

static struct ring ring;

static __attribute__((noreturn)) void end(const char *way) {
    if (strcmp(way, "exit") == 0)
        exit(0);
    if (strcmp(way, "_Exit") == 0)
        _Exit(0);
    _exit(0);
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    need_pages();
    ring = new_ring(0);
    submit(&ring, 1);
    for (int count = 0; count < 3; count++) {
        pid_t pid = fork();
        SETUP(pid != -1);
        if (pid == 0) {
            if (count == 1)
                CHECK(20, take(&ring) == 1);
            end(argv[1]);
        }
        int status;
        SETUP(waitpid(pid, &status, 0) == pid);
    }
    CHECK(12, take(&ring) == 1);
    return 0;
}
