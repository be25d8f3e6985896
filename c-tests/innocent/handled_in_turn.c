/* A handler that runs as an ordinary call between two steps, in a program that goes up and down: each run is over before the
 * next begins, at whatever depth, and handlers in C that come one after another, are left by a jump, or are interrupted by that of
 * another signal.
 *
 * ways: up_and_down large_frames jumps others
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded defer_signals=CHLD,USR1,USR2: exit 0; nothing
 * guarded mode=strict defer_signals=CHLD,USR1,USR2: exit 0; nothing
 * bare differs: no
 */
#include "check.h"
#include <setjmp.h>

static volatile sig_atomic_t flag;
static volatile int runs;
static unsigned random_state = 1;
static bool large;

static void set_flag(int number) {
    (void)number;
    flag = 1;
}

static __attribute__((noinline)) void take_all(void) {
    volatile char registers[300];
    registers[0] = 1;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        registers[0]++;
    runs++;
}
static __attribute__((noinline)) void interpret(void (*function)(void)) {
    volatile char registers[200];
    registers[0] = 1;
    function();
    registers[1] = registers[0];
}
static __attribute__((noinline)) void check_signals(void) {
    volatile char registers[500];
    registers[0] = 1;
    if (flag) {
        flag = 0;
        interpret(take_all);
    }
    registers[1] = registers[0];
}
static __attribute__((noinline)) void deliver(void) {
    SETUP(kill(getpid(), SIGCHLD) == 0);
}
static __attribute__((noinline)) void step(int level);
static __attribute__((noinline)) void step_in_large_frame(int level) {
    volatile char room[3000];
    room[0] = 1;
    step(level);
    room[1] = room[0];
}
static unsigned any(unsigned below) {
    random_state = random_state * 1103515245 + 12345;
    return random_state / 65536 % below;
}
static __attribute__((noinline)) void step(int level) {
    volatile char registers[100];
    registers[0] = 1;
    for (int turn = 0; level > 0 && turn < 3 && any(2) != 0; turn++) {
        if (any(3) == 0)
            deliver();
        check_signals();
        if (large && any(2) == 0)
            step_in_large_frame(level - 1);
        else
            step(level - 1);
    }
    registers[1] = registers[0];
}

static sigjmp_buf back;
static void leaves(int number) {
    (void)number;
    runs++;
    siglongjmp(back, 1);
}
static __attribute__((noinline)) void deeper(int level) {
    volatile char room[512];
    room[0] = (char)level;
    if (level > 0)
        deeper(level - 1);
    else
        raise(SIGCHLD);
    room[1] = room[0];
}

static void raises_other(int number) {
    runs++;
    if (number == SIGCHLD)
        raise(SIGUSR1);
    else if (number == SIGUSR1)
        raise(SIGUSR2);
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    bool jumps = strcmp(argv[1], "jumps") == 0, others = strcmp(argv[1], "others") == 0;
    large = strcmp(argv[1], "large_frames") == 0;
    struct sigaction action = {.sa_handler = jumps ? leaves : others ? raises_other : set_flag};
    for (int place = 0; place < 3; place++)
        SETUP(sigaction((int[]){SIGCHLD, SIGUSR1, SIGUSR2}[place], &action, NULL) == 0);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    SETUP(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
    pid_t child = fork(); /* from here on handlers are looked at */
    if (child == 0)
        quit(0);
    SETUP(waitpid(child, NULL, 0) == child);
    SETUP(signal(SIGCHLD, SIG_IGN) != SIG_ERR && sigaction(SIGCHLD, &action, NULL) == 0);
    SETUP(sigprocmask(SIG_UNBLOCK, &set, NULL) == 0);
    runs = 0;
    if (jumps) {
        for (volatile int turn = 0; turn < 200; turn++) {
            if (sigsetjmp(back, 1) == 0)
                deeper((int)any(12));
        }
    } else if (others) {
        for (int turn = 0; turn < 100; turn++)
            raise(SIGCHLD);
    } else {
        for (int turn = 0; turn < 3000; turn++)
            step(12);
    }
    say("%d\n", runs);
    return 0;
}
