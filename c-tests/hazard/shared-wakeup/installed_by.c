/* A handler is inherited whichever call installed it: the older ones, and the system call itself. And it
 * stays so where libc itself puts it aside for a while and back, as system(3) does.
 *
 * ways: sigaction signal bsd_signal ssignal sysv_signal sigset syscall system
 * bare: exit 12
 * guarded: exit 0; shared-wakeup repaired x1, inherited-poller repaired x1
 */
#include "wakeup.h"

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
typedef void handler(int);
extern handler *bsd_signal_(int, handler *) __asm__("bsd_signal") __attribute__((weak));
extern handler *ssignal_(int, handler *) __asm__("ssignal") __attribute__((weak));
extern handler *sysv_signal_(int, handler *) __asm__("sysv_signal") __attribute__((weak));
extern handler *sigset_(int, handler *) __asm__("sigset") __attribute__((weak));

/* What the kernel takes and gives: rt_sigaction(2). */
struct kernel_action {
    handler *handler;
    unsigned long flags;
    void *restorer;
    uint64_t mask;
};

static const char *way;
static bool is(const char *name) { return strcmp(way, name) == 0; }

static void install(void) {
    if (is("signal"))
        SETUP(signal(SIGUSR1, wake_up) != SIG_ERR);
    else if (is("bsd_signal"))
        SETUP(bsd_signal_ == NULL ? signal(SIGUSR1, wake_up) != SIG_ERR : bsd_signal_(SIGUSR1, wake_up) != SIG_ERR);
    else if (is("ssignal"))
        SETUP(ssignal_(SIGUSR1, wake_up) != SIG_ERR);
    else if (is("sysv_signal"))
        SETUP(sysv_signal_(SIGUSR1, wake_up) != SIG_ERR);
    else if (is("sigset"))
        SETUP(sigset_(SIGUSR1, wake_up) != SIG_ERR);
    else
        handle(is("system") ? SIGINT : SIGUSR1, wake_up, SA_RESTART);
    if (is("syscall")) {
        struct kernel_action action;
        SETUP(syscall(SYS_rt_sigaction, SIGUSR1, NULL, &action, 8) == 0 && action.handler == wake_up);
        handle(SIGUSR1, SIG_DFL, 0);
        SETUP(syscall(SYS_rt_sigaction, SIGUSR1, &action, NULL, 8) == 0);
    }
}

static int child(void *none) {
    (void)none;
    CHECK(20, woken(&wake) == 0);
    if (is("system"))
        CHECK(19, system("true") == 0);
    tell(up);
    next_signal();
    await(up);
    CHECK(21, woken(&wake) == 1 && taken(&wake) == 1 && handled == 1);
    return 0;
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    way = argv[1];
    wake = wakeup_of("pipe");
    install();
    struct kid kid = start(PLAIN_FORK, child, NULL);
    await(kid.line);
    signal_to(&kid, is("system") ? SIGINT : SIGUSR1);
    CHECK(12, woken(&wake) == 0);
    tell(kid.line);
    ended(&kid);
    return 0;
}
