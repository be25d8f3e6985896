/* A child is mended and sees nothing of how: with every signal blocked; with a handler for each signal that has no meaning
 * of its own, which is not called and stays; with a thread that sleeps in a call no signal may interrupt. Its mask, its
 * handlers, its timers and its descriptors are afterwards as they were.
 *
 * ways: blocked caught sleeper
 * bare: exit 142
 * guarded vanished-threads=off resolver_wait_ms=0: exit 0; interrupted-resolver repaired call=getaddrinfo x1
 * may skip: needs a seccomp listener
 */
#include "hang.h"
#include "asleep.h"
#include "resolver.h"

static const char *way;
static volatile sig_atomic_t called;
static volatile pid_t sleeper;
static int wake[2];

static void count(int number) {
    (void)number;
    called++;
}

static bool has_meaning(int number) {
    return number == SIGALRM || number == SIGKILL || number == SIGSTOP || number == SIGCHLD || number == SIGSEGV ||
           (number >= SIGILL && number <= SIGFPE) || (number >= SIGSYS && number < SIGRTMIN);
}

static void *sleep_in_poll(void *none) {
    struct pollfd end = {wake[0], POLLIN, 0};
    sleeper = (pid_t)raw_call(SYS_gettid);
    CHECK(21, poll(&end, 1, -1) == 1);
    return none;
}

/* Of the calling process: signals, as proc(5) has them, and how many timers and descriptors there are. */
static void read_state(char *text, size_t room) {
    static const char *const KEYS[] = {"SigPnd", "ShdPnd", "SigBlk", "SigIgn", "SigCgt", "Threads"};
    char status[8192] = "", timers[4096] = "";
    size_t size = 0;
    int fd = (int)raw_call(SYS_openat, AT_FDCWD, "/proc/thread-self/status", O_RDONLY);
    SETUP(fd != -1 && raw_read(fd, status, sizeof status - 1) > 0 && raw_close(fd) == 0);
    for (size_t place = 0; place < sizeof KEYS / sizeof *KEYS; place++) {
        const char *line = strstr(status, KEYS[place]);
        SETUP(line != NULL);
        size += (size_t)snprintf(text + size, room - size, "%.*s\n", (int)strcspn(line, "\n"), line);
    }
    fd = (int)raw_call(SYS_openat, AT_FDCWD, "/proc/self/timers", O_RDONLY);
    if (fd != -1) {
        SETUP(raw_read(fd, timers, sizeof timers - 1) >= 0 && raw_close(fd) == 0);
        size += (size_t)snprintf(text + size, room - size, "%s", timers);
    }
    for (int number = 0; number < 512; number++) {
        if (raw_call(SYS_fcntl, number, F_GETFD) != -1)
            size += (size_t)snprintf(text + size, room - size, "%d ", number);
    }
    SETUP(size < room);
}

static int child(void *none) {
    static char before[8192], after[8192];
    pthread_t thread;
    if (strcmp(way, "blocked") == 0) {
        sigset_t all;
        SETUP(sigfillset(&all) == 0 && sigdelset(&all, SIGALRM) == 0);
        SETUP(raw_call(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, 8) == 0);
    } else if (strcmp(way, "caught") == 0) {
        struct sigaction action = {.sa_handler = count};
        for (int number = 1; number <= SIGRTMAX; number++)
            SETUP(has_meaning(number) || sigaction(number, &action, NULL) == 0);
    } else {
        SETUP(pipe(wake) == 0 && pthread_create(&thread, NULL, sleep_in_poll, NULL) == 0);
        while (sleeper == 0)
            sched_yield();
        await_wait(sleeper);
    }
    read_state(before, sizeof before);
    child_resolves(none);
    read_state(after, sizeof after);
    if (strcmp(before, after) != 0)
        line_to(2, "before:\n%s\nafter:\n%s\n", before, after);
    CHECK(22, strcmp(before, after) == 0);
    CHECK(23, called == 0);
    for (int number = 1; number <= SIGRTMAX && strcmp(way, "caught") == 0; number++) {
        struct sigaction action;
        CHECK(24, has_meaning(number) || (sigaction(number, NULL, &action) == 0 && action.sa_handler == count));
    }
    if (strcmp(way, "sleeper") == 0) {
        CHECK(25, raw_write(wake[1], "", 1) == 1 && pthread_join(thread, NULL) == 0);
    }
    return 0;
}

int main(int argc, char **argv) {
    struct parked parked;
    SETUP(argc == 2);
    way = argv[1];
    park_in_getaddrinfo(&parked);
    struct kid kid = start(PLAIN_FORK, child, NULL);
    ended(&kid);
    let_go(&parked);
    return 0;
}
