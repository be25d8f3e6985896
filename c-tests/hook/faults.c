/* SIGSEGV as the program sees it, in one that keeps rings out of children (`poison`) and so has an action of ours there: it is at
 * its default; what is set comes back and runs; and whoever is at the default dies of it as ever, of a fault, of a
 * signal that is sent, on a stack that has come to its end.
 *
 * ways: fresh forked child grown thread vfork
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded late-completion=poison: exit 0; nothing
 * bare differs: no
 * may skip: needs io_uring
 */
#include "actions_shown.h"
#include "rings.h"

static volatile int depth;

static int overflow(int count) {
    volatile char frame[4096];
    frame[0] = (char)count;
    depth = count;
    return depth < 0 ? 0 : overflow(count + 1) + frame[0];
}

static int dies(void *how) {
    /* The alternate stack is one more that a fault may be delivered on. */
    static char stack[1 << 16];
    stack_t other = {.ss_sp = stack, .ss_size = sizeof stack};
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    switch (*(char *)how) {
    case 'f':
        *(volatile char *)NOWHERE = 1;
        break;
    case 'n':
        *(volatile char *)0x7654321000000000 = 1; /* no address at all: the kernel names none */
        break;
    case 'k':
        kill(raw_getpid(), SIGSEGV);
        break;
    case 'r':
        raise(SIGSEGV);
        break;
    case 'q':
        sigqueue(raw_getpid(), SIGSEGV, (union sigval){.sival_int = 7});
        break;
    case 'a':
        SETUP(sigaltstack(&other, NULL) == 0);
        return overflow(0);
    case 's':
        return overflow(0);
    }
    return 3;
}

static int run(void *none) {
    (void)none;
    struct ring ring = new_ring(0);
    struct sigaction own = {.sa_handler = first, .sa_flags = SA_NODEFER}, old;
    show_action("with a ring", SIGSEGV);
    for (const char *how = "fnkrqas"; *how; how++) {
        pid_t pid = fork();
        SETUP(pid != -1);
        if (pid == 0)
            _exit(dies((void *)(uintptr_t)how));
        int status;
        SETUP(waitpid(pid, &status, 0) == pid);
        say("%c: %d\n", *how, code_of(status));
    }
    T(sigaction(SIGSEGV, &own, &old));
    say("was %s, flags %x\n", name_of(old.sa_handler), (unsigned int)old.sa_flags);
    show_action("own", SIGSEGV);
    T(raise(SIGSEGV));
    T(ran[0]);
    T(sigaction(SIGSEGV, &old, NULL));
    show_action("put back", SIGSEGV);
    struct ring second = new_ring(0);
    say("%s\n", name_of(signal(SIGSEGV, SIG_IGN)));
    struct ring third = new_ring(0);
    say("%s\n", name_of(signal(SIGSEGV, SIG_DFL)));
    T(third.fd - second.fd);
    T(second.fd - ring.fd);
    return 0;
}

int main(int argc, char **argv) { return in_every_way(argc, argv, run); }
