/* That a handler ran in the child is said behind its back: errno stays what the handler left, its small stack is enough, and what
 * it interrupted goes on.
 *
 * ways: errno old_stack least_stack mask
 * bare: exit 12
 * guarded: exit 12; handler-in-child reported x1
 */
#include "inherited_handler.h"
#include <sys/auxv.h>

static const char *way;
static bool is(const char *name) { return strcmp(way, name) == 0; }
static volatile int left = 55;

static void leave_errno(int number) {
    count(number);
    errno = left;
}

static int child(void *none) {
    sigset_t set, now;
    (void)none;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGWINCH);
    SETUP(pthread_sigmask(SIG_SETMASK, &set, NULL) == 0);
    tell(up);
    next_signal(); /* it waits now */
    sigdelset(&set, SIGUSR1);
    errno = 44;
    SETUP(raw_call(SYS_rt_sigprocmask, SIG_SETMASK, &set, NULL, 8) == 0);
    CHECK(21, errno == 55 && handled == 1);
    CHECK(22, pthread_sigmask(SIG_BLOCK, NULL, &now) == 0 && memcmp(&now, &set, 8) == 0);
    CHECK(12, handled == 0);
    return 0;
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    way = argv[1];
    size_t least = 2048, size = 8192, page = 4096;
#ifdef AT_MINSIGSTKSZ
    least = getauxval(AT_MINSIGSTKSZ) > least ? getauxval(AT_MINSIGSTKSZ) : least;
#endif
    if (is("least_stack") || size < least + 2048)
        size = least + 2048;
    size_t whole = (size + page - 1) / page * page;
    char *memory = mmap(NULL, whole + 16 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    SETUP(memory != MAP_FAILED && mprotect(memory + 16 * page, whole, PROT_READ | PROT_WRITE) == 0);
    stack_t stack = {.ss_sp = memory + 16 * page + (whole - size) / 16 * 16, .ss_size = size};
    if (strstr(way, "stack") != NULL)
        SETUP(sigaltstack(&stack, NULL) == 0);
    handle(SIGUSR1, leave_errno, strstr(way, "stack") != NULL ? SA_ONSTACK : 0);
    struct kid kid = start(PLAIN_FORK, child, NULL);
    await(kid.line);
    SETUP(kill(kid.pid, SIGUSR1) == 0);
    delivered(&kid);
    ended(&kid);
    return 0;
}
