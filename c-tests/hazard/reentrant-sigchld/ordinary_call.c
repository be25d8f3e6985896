/* An interpreter's way with signals: the handler in C sets a flag, and the program's own is called between two steps, as an
 * ordinary call. Children that die while it is at work make it run again in the midst of itself: it counts what it takes in two
 * steps, and loses count. Held back, the second delivery comes when the program idles.
 *
 * ways: poll select epoll pause sleep read sigsuspend threads
 * bare: exit 12
 * guarded: exit 12; reentrant-sigchld reported call=waitpid x1
 * guarded reentrant-sigchld=repair defer_ms=60000: exit 0; nothing
 * guarded reentrant-sigchld=off: exit 12; nothing
 * guarded mode=observe: exit 12; reentrant-sigchld reported x1
 */
#include "fork_ways.h"
#include <sys/time.h>
#undef sleep

enum { CHILDREN = 3 };
static volatile sig_atomic_t flag;
static volatile int taken, depth, deepest;
static struct kid kids[CHILDREN];

static void set_flag(int number) {
    (void)number;
    flag = 1;
}

static int lives(void *none) {
    (void)none;
    await(up);
    return 0;
}

/* The next child ends, and that has arrived here when this returns, or waits to. */
static void let_die(void) {
    static int next;
    siginfo_t info;
    if (next < CHILDREN) {
        struct kid *kid = &kids[next++];
        tell(kid->line);
        SETUP(raw_call(SYS_waitid, P_PID, kid->pid, &info, WEXITED | WNOWAIT, NULL) == 0);
    }
}

static __attribute__((noinline)) void take_all(void);

/* The interpreter: looks at the flag, then makes a step of the program. Its frames are not small. */
static __attribute__((noinline)) void interpret(void (*function)(void)) {
    volatile char registers[256] = {0};
    function();
    registers[1] = registers[0];
}
static __attribute__((noinline)) void call_function(void (*function)(void)) {
    volatile char arguments[128] = {0};
    interpret(function);
    arguments[1] = arguments[0];
}
static __attribute__((noinline)) void check_signals(volatile int *level) {
    volatile char state[512] = {0};
    state[1] = state[0];
    if (flag) {
        flag = 0;
        call_function(take_all);
    }
    (*level)++;
}
static __attribute__((noinline)) void call(void (*step)(void)) {
    volatile int level = 0;
    check_signals(&level);
    if (step)
        step();
    check_signals(&level);
}

static __attribute__((noinline)) void take_all(void) {
    volatile int level = ++depth;
    if (depth > deepest)
        deepest = depth;
    while (waitpid(-1, NULL, WNOHANG) > 0) {
        int before = taken;
        call(let_die); /* a step of the handler's */
        taken = before + 1;
    }
    depth = level - 1;
}

static void *lives_on(void *line) {
    await(*(int *)line);
    return NULL;
}

static void idle(const char *way, int never) {
    struct epoll_event event;
    char byte;
    sigset_t none;
    sigemptyset(&none);
    if (strcmp(way, "poll") == 0 || strcmp(way, "threads") == 0)
        poll(NULL, 0, -1);
    else if (strcmp(way, "select") == 0)
        select(0, NULL, NULL, NULL, NULL);
    else if (strcmp(way, "epoll") == 0)
        epoll_wait(never, &event, 1, -1);
    else if (strcmp(way, "pause") == 0)
        pause();
    else if (strcmp(way, "sleep") == 0)
        sleep(1000);
    else if (strcmp(way, "read") == 0)
        SETUP(read(never, &byte, 1) == -1 && errno == EINTR);
    else
        sigsuspend(&none);
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    const char *way = argv[1];
    int ends[2], line[2];
    pthread_t thread;
    SETUP(pipe(ends) == 0 && pipe(line) == 0);
    int never = strcmp(way, "epoll") == 0 ? epoll_create1(0) : ends[0];
    SETUP(sigaction(SIGCHLD, &(struct sigaction){.sa_handler = set_flag}, NULL) == 0);
    if (strcmp(way, "threads") == 0)
        SETUP(pthread_create(&thread, NULL, lives_on, &line[0]) == 0);
    for (int which = 0; which < CHILDREN; which++)
        kids[which] = start(PLAIN_FORK, lives, NULL);
    let_die();
    call(NULL);
    while (deepest == 1 && taken < CHILDREN) {
        idle(way, never);
        call(NULL);
    }
    CHECK(12, deepest == 1);
    CHECK(13, taken == CHILDREN);
    if (strcmp(way, "threads") == 0) {
        tell(line[1]);
        pthread_join(thread, NULL);
    }
    return 0;
}
