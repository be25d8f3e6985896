/* A signal is held back, and the program does not see it: what it asks for, sets, blocks and unblocks is answered as
 * if its mask were its own, and works: what it blocks itself stays blocked, what it unblocks comes. What the kernel has in the end is what
 * the program set.
 *
 * ways: sigprocmask pthread_sigmask bsd system_v
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded reentrant-sigchld=repair: exit 0; nothing
 * guarded reentrant-sigchld=repair defer_signals=CHLD,USR1,USR2: exit 0; nothing
 * bare differs: no
 */
#include "held_back.h"
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

static const char *way;

static sigset_t one(int signal) {
    sigset_t set;
    sigemptyset(&set);
    if (signal)
        sigaddset(&set, signal);
    return set;
}

/* Changes the mask, and says what it was. */
static void change(int how, int signal) {
    sigset_t set = one(signal), old = one(0);
    if (strcmp(way, "bsd") == 0) {
        int mask = signal ? 1 << (signal - 1) : 0, before;
        if (how == SIG_UNBLOCK)
            before = sigsetmask(sigblock(0) & ~mask);
        else
            before = how == SIG_BLOCK ? sigblock(mask) : sigsetmask(mask);
        say("%d %d: was %x, is %x\n", how, signal, (unsigned)before, (unsigned)sigblock(0));
        return;
    }
    if (strcmp(way, "system_v") == 0 && how != SIG_SETMASK) {
        say("%d\n", how == SIG_BLOCK ? sighold(signal) : sigrelse(signal));
        SETUP(sigprocmask(SIG_BLOCK, NULL, &old) == 0);
    } else if (strcmp(way, "pthread_sigmask") == 0) {
        SETUP(pthread_sigmask(how, &set, &old) == 0);
    } else {
        SETUP(sigprocmask(how, &set, &old) == 0);
    }
    sigset_t now, pending;
    SETUP(pthread_sigmask(SIG_BLOCK, NULL, &now) == 0 && sigpending(&pending) == 0);
    say("%d %d:", how, signal);
    for (int number = 1; number < 65; number++) {
        if (sigismember(&old, number) || sigismember(&now, number) || sigismember(&pending, number))
            say(" %d %d%d%d", number, sigismember(&old, number), sigismember(&now, number), sigismember(&pending, number));
    }
    say("\n");
}

static void again(void) {
    held_runs = 0;
    SETUP(kill(getpid(), SIGCHLD) == 0);
    poll(NULL, 0, 0);
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    way = argv[1];
    hold_back(count_run, 0);
    change(SIG_BLOCK, SIGUSR1);
    change(SIG_UNBLOCK, SIGUSR1);
    change(SIG_SETMASK, SIGUSR2);
    change(SIG_SETMASK, 0);
    change(SIG_UNBLOCK, SIGCHLD); /* it is not, as far as the program knows */
    change(SIG_BLOCK, SIGCHLD);
    again();
    say("blocked: %d\n", (int)held_runs);
    change(SIG_BLOCK, SIGUSR1);
    change(SIG_UNBLOCK, SIGCHLD);
    again();
    say("unblocked: %d\n", held_runs > 0);
    change(SIG_SETMASK, SIGCHLD);
    again();
    say("set: %d\n", (int)held_runs);
    poll(NULL, 0, 0);
    say("set: %d\n", (int)held_runs);
    change(SIG_SETMASK, 0);
    poll(NULL, 0, 0);
    say("none: %d\n", held_runs > 0);
    poll(NULL, 0, 0); /* the one before came right after a handler: nothing is let through there */
    say("%llx\n", kernel_mask());
    errno = 0;
    sigset_t set = one(SIGCHLD);
    say("%d %d", sigprocmask(77, &set, NULL), errno);
    say(" %d %d\n", pthread_sigmask(77, &set, NULL), sighold(1000));
    return 0;
}
