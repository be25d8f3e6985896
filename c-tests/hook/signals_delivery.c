/* What a handler is given, and what it leaves: the siginfo of each kind of sender, the context it interrupted, with changes
 * to it that take effect, its stack, its mask, errno, the calls it interrupts or not, and the way back up its stack.
 *
 * ways: fresh forked child grown thread
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded mode=observe: exit 0; nothing
 * bare differs: no
 */
#include "actions_shown.h"
#include "asleep.h"
#include <execinfo.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <ucontext.h>

static volatile siginfo_t info;
static volatile int context_seen, error_seen, on_stack, number_seen, frames_to_caller;
static volatile uint64_t mask_seen, mask_before;
static volatile uintptr_t interrupted;
static volatile uint64_t change_mask;
static volatile int leave_errno = -1;

static __attribute__((noinline)) void caller(int number) {
    raise(number);
    __asm__ volatile("");
}

static void look(int number, siginfo_t *given, void *context) {
    error_seen = errno;
    ucontext_t *at = context;
    stack_t stack;
    number_seen = number;
    ran[0]++;
    if (given != NULL)
        *(siginfo_t *)&info = *given;
    context_seen = context != NULL;
    mask_seen = kernel_mask();
    mask_before = bits(&at->uc_sigmask);
#if defined __x86_64__
    interrupted = (uintptr_t)at->uc_mcontext.gregs[REG_RIP];
#endif
    on_stack = raw_call(SYS_sigaltstack, NULL, &stack) == 0 ? stack.ss_flags : -1;
    if (change_mask != 0) {
        for (int member = 1; member <= 64; member++) {
            if (change_mask >> (member - 1) & 1)
                sigaddset(&at->uc_sigmask, member);
        }
    }
    if (leave_errno != -1)
        errno = leave_errno;
}

static void install(int number, int flags, int masked) {
    struct sigaction action = {.sa_flags = flags, .sa_sigaction = look};
    if (masked != 0)
        sigaddset(&action.sa_mask, masked);
    SETUP(sigaction(number, &action, NULL) == 0);
}

static void show(const char *what) {
    say("%s: ran %d, number %d, signo %d, code %d, errno %d, own %d, value %d, context %d, mask %llx, before %llx, stack %d; found %d\n", what, (int)ran[0],
        number_seen, info.si_signo, info.si_code, info.si_errno, info.si_pid == raw_getpid(), info.si_value.sival_int, context_seen,
        (unsigned long long)mask_seen, (unsigned long long)mask_before, on_stack, error_seen);
    ran[0] = 0;
}

static void senders(void) {
    union sigval value = {.sival_int = 99};
    install(SIGUSR1, SA_SIGINFO, SIGUSR2);
    memset((void *)&info, 0, sizeof info);
    errno = ODD;
    T(kill(getpid(), SIGUSR1));
    if (raw_call(SYS_gettid) != raw_getpid())
        while (ran[0] == 0)
            sched_yield(); /* another thread may have got it */
    ran[0] = 1;
    say("kill: code %d, own %d\n", info.si_code, info.si_pid == raw_getpid());
    T(raise(SIGUSR1));
    show("raise");
    T(pthread_sigqueue(pthread_self(), SIGUSR1, value));
    show("pthread_sigqueue");
    install(SIGUSR1, SA_SIGINFO | SA_NODEFER, 0);
    T(raise(SIGUSR1));
    show("nodefer");
    install(SIGUSR1, SA_SIGINFO | (int)SA_RESETHAND, 0);
    T(raise(SIGUSR1));
    show("resethand");
    show_action("after", SIGUSR1);
    install(SIGRTMIN + 3, SA_SIGINFO, 0);
    T(pthread_sigqueue(pthread_self(), SIGRTMIN + 3, value));
    show("realtime");
    install(SIGPIPE, SA_SIGINFO, 0);
    int ends[2];
    SETUP(pipe(ends) == 0 && close(ends[0]) == 0);
    T(write(ends[1], "", 1));
    show("sigpipe");
    raw_close(ends[1]);
    install(SIGUSR2, 0, 0); /* without SA_SIGINFO the kernel gives a context all the same */
    memset((void *)&info, 0, sizeof info);
    errno = ODD;
    raise(SIGUSR2);
    say("plain: ran %d, number %d, context %d, mask %llx, before %llx, found %d\n", (int)ran[0], number_seen, context_seen, (unsigned long long)mask_seen,
        (unsigned long long)mask_before, error_seen);
}

static void contexts(void) {
    install(SIGUSR1, SA_SIGINFO, 0);
    change_mask = UINT64_C(1) << (SIGWINCH - 1);
    raise(SIGUSR1);
    change_mask = 0;
    show("changes the mask");
    say("  mask %llx\n", (unsigned long long)kernel_mask());
    uint64_t none = 0;
    raw_call(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, 8);
    leave_errno = 55;
    errno = ODD;
    raise(SIGUSR1);
    say("errno left %d\n", errno);
    leave_errno = -1;
#if defined __x86_64__
    /* The instruction that a signal comes at. */
    pid_t pid = raw_getpid(), tid = (pid_t)raw_call(SYS_gettid);
    uintptr_t after;
    __asm__ volatile("lea 1f(%%rip), %0\n\tsyscall\n1:" : "=&r"(after) : "a"(SYS_tgkill), "D"(pid), "S"(tid), "d"(SIGUSR1) : "rcx", "r11", "memory");
    say("interrupted at %d\n", interrupted == after);
#endif
}

static void stacks(void) {
    size_t least = 4096, page = 4096;
#ifdef AT_MINSIGSTKSZ
    least = getauxval(AT_MINSIGSTKSZ) > 0 ? getauxval(AT_MINSIGSTKSZ) : 4096;
#endif
    /* Just enough for the kernel's frame and a handler of some size, with a page that faults below. */
    size_t size = least + 1536, whole = (size + 2 * page - 1) / page * page;
    char *memory = mmap(NULL, whole + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    SETUP(memory != MAP_FAILED && mprotect(memory, page, PROT_NONE) == 0);
    stack_t stack = {.ss_sp = memory + page, .ss_size = size}, before;
    SETUP(sigaltstack(&stack, &before) == 0);
    install(SIGUSR1, SA_SIGINFO | SA_ONSTACK, 0);
    raise(SIGUSR1);
    show("on its stack");
    SETUP(sigaltstack(&before, NULL) == 0);
}

static void walk(int number) {
    void *frames[64];
    int count = backtrace(frames, 64);
    (void)number;
    frames_to_caller = 0;
    for (int place = 0; place < count; place++) {
        if ((char *)frames[place] > (char *)caller && (char *)frames[place] < (char *)caller + 64)
            frames_to_caller = 1;
    }
}

static int ends[2];
static pthread_t sleeper;
static volatile pid_t sleeping;

static void *interrupt(void *restarts) {
    static const long READ[] = {SYS_read};
    await_sleep(sleeping, READ, 1);
    SETUP(pthread_kill(sleeper, SIGUSR1) == 0);
    while (ran[0] == 0)
        sched_yield();
    if (restarts)
        SETUP(raw_write(ends[1], "", 1) == 1);
    return NULL;
}

static void restarts(int flags) {
    char byte;
    pthread_t thread;
    ran[0] = 0;
    install(SIGUSR1, SA_SIGINFO | flags, 0);
    sleeper = pthread_self();
    sleeping = (pid_t)raw_call(SYS_gettid);
    SETUP(pipe(ends) == 0 && pthread_create(&thread, NULL, interrupt, flags ? &ends : NULL) == 0);
    errno = ODD;
    ssize_t size = read(ends[0], &byte, 1);
    say("read %d, errno %d, ran %d\n", (int)size, errno, (int)ran[0]);
    SETUP(pthread_join(thread, NULL) == 0);
    raw_close(ends[0]);
    raw_close(ends[1]);
    ran[0] = 0;
}

static char order[64];
static void note(int number) {
    size_t at = strlen(order);
    snprintf(order + at, sizeof order - at, "%d ", number);
}

static void several(void) {
    sigset_t set;
    int numbers[] = {SIGRTMIN + 2, SIGUSR2, SIGRTMIN + 1, SIGUSR1, SIGRTMIN + 2};
    struct sigaction action = {.sa_handler = note};
    sigemptyset(&set);
    sigfillset(&action.sa_mask);
    for (size_t place = 0; place < sizeof numbers / sizeof *numbers; place++)
        SETUP(sigaction(numbers[place], &action, NULL) == 0 && sigaddset(&set, numbers[place]) == 0);
    SETUP(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0);
    for (size_t place = 0; place < sizeof numbers / sizeof *numbers; place++)
        SETUP(raise(numbers[place]) == 0);
    order[0] = '\0';
    SETUP(pthread_sigmask(SIG_UNBLOCK, &set, NULL) == 0);
    say("in the order %s\n", order);
}

static int calls(void *none) {
    (void)none;
    senders();
    contexts();
    stacks();
    struct sigaction action = {.sa_handler = walk};
    void *one[1];
    backtrace(one, 1); /* loads what it needs */
    SETUP(sigaction(SIGUSR1, &action, NULL) == 0);
    caller(SIGUSR1);
    say("back to the caller: %d\n", frames_to_caller);
    restarts(0);
    restarts(SA_RESTART);
    several();
    show_status("at last");
    return 0;
}

int main(int argc, char **argv) { return in_every_way(argc, argv, calls); }
