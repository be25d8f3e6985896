/* The same in a child whose parent has used both services, and whose helper threads had gone by the fork: libc's own answer
 * there, too. Guarded it is the child's own service that does.
 *
 * ways: fork _Fork asm
 * bare: exit 0
 * guarded: exit 0; late-completion repaired x2
 * guarded late-completion=report: exit 0; late-completion reported x2
 * guarded late-completion=off: exit 0; nothing
 * bare differs: no
 */
#include "late_rows.h"

static int threads(void) {
    struct stat status;
    SETUP(stat("/proc/self/task", &status) == 0);
    return (int)status.st_nlink - 2;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST};
    struct gaicb lookup = {.ar_name = "127.0.0.1", .ar_request = &hints}, *lookups[] = {&lookup};
    SETUP(getaddrinfo_a(GAI_WAIT, lookups, 1, NULL) == 0);
    struct aiocb nothing = writing(new_pipe().in, "", 0);
    SETUP(aio_write(&nothing) == 0 && outcome_of(&nothing) == 0);
    const struct timespec often = {0, 10 * 1000 * 1000};
    while (threads() != 1) /* a second (glibc): looked at now and then, since there is nothing to wait on */
        raw_call(SYS_ppoll, NULL, 0, &often, NULL, 0);
    struct kid kid = start(way, rows, NULL);
    ended(&kid);
    return 0;
}
