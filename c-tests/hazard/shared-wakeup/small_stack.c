/* Handlers on a stack of the size that programs of old gave it (8192, SIGSTKSZ once), or of what the kernel needs and little
 * more, with memory below that faults: our work must not take what is not there.
 *
 * ways: old least
 * bare: exit 12
 * guarded: exit 0; shared-wakeup repaired x1, inherited-poller repaired x1
 * guarded shared-wakeup=report: exit 12; shared-wakeup reported x1, inherited-poller repaired x0+, handler-in-child reported x1
 */
#include "wakeup.h"
#include <sys/auxv.h>

int main(int argc, char **argv) {
    SETUP(argc == 2);
    size_t least = 2048, size = 8192, page = 4096;
#ifdef AT_MINSIGSTKSZ
    least = getauxval(AT_MINSIGSTKSZ) > least ? getauxval(AT_MINSIGSTKSZ) : least;
#endif
    if (strcmp(argv[1], "least") == 0 || size < least + 2048)
        size = least + 2048;
    size_t whole = (size + page - 1) / page * page;
    char *memory = mmap(NULL, whole + 16 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    SETUP(memory != MAP_FAILED && mprotect(memory + 16 * page, whole, PROT_READ | PROT_WRITE) == 0);
    stack_t stack = {.ss_sp = memory + 16 * page + (whole - size) / 16 * 16, .ss_size = size};
    SETUP(sigaltstack(&stack, NULL) == 0);
    wake = wakeup_of("pipe");
    handle(SIGUSR1, wake_up, SA_RESTART | SA_ONSTACK);
    tell_story(PLAIN_FORK, (struct story){.rounds = 3, .unlooked = true});
    return 0;
}
