/* What forks answer in parent and child: results, errno, exit status, the program's own atfork handlers in their
 * order, and the signal mask everywhere: before, in each handler, in a thread that a handler makes, and after.
 *
 * ways: plain thread handler
 * bare: exit 0
 * guarded vanished-threads=off: exit 0; nothing
 * guarded vanished-threads=off identity=atfork: exit 0; nothing
 * guarded vanished-threads=off mode=observe: exit 0; nothing
 * bare differs: no
 */
#include "transcript.h"

/* Lines of one process, shown when it is its turn. */
static char notes[4096];
static size_t noted;
#define note(...) (noted += (size_t)snprintf(notes + noted, sizeof notes - noted, __VA_ARGS__))
static void show_notes(void) {
    say("%s", notes);
    noted = 0;
    notes[0] = '\0';
}

static uint64_t mask(void) {
    uint64_t now = 0;
    SETUP(raw_call(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &now, 8) == 0);
    return now;
}

static void *show_mask(void *where) {
    note("  thread of %s: mask %llx\n", (const char *)where, (unsigned long long)mask());
    return NULL;
}

static void met(const char *where) {
    pthread_t thread;
    note("  %s: mask %llx\n", where, (unsigned long long)mask());
    if (pthread_create(&thread, NULL, show_mask, (void *)where) == 0)
        pthread_join(thread, NULL);
    errno = 77; /* handlers may leave what they like in errno; fork's own result stands */
}
static void prepare(void) { met("prepare"); }
static void in_parent(void) { met("parent"); }
static void in_child(void) { met("child"); }

static volatile sig_atomic_t handled;
static void count(int number) { handled += number; }

/* One fork and both sides of it, the child's first. */
#define BOTH_SIDES(fork_call) \
    do { \
        note("%s\n", #fork_call); \
        show_notes(); \
        handled = 0; \
        int line[2]; \
        SETUP(pipe2(line, O_CLOEXEC) == 0); \
        errno = ODD; \
        pid_t pid = (pid_t)(fork_call); \
        int error = errno; \
        if (pid == 0) { \
            sigset_t waiting; \
            note("  child: errno %d, mask %llx, pid %s\n", error, (unsigned long long)mask(), getppid() == parent ? "new" : "?"); \
            note("  child: waiting %d\n", sigpending(&waiting) == 0 ? sigismember(&waiting, SIGUSR1) : -1); \
            raw_close(line[0]); \
            note("  child: handled %d\n", (int)handled); \
            show_notes(); \
            quit(23); \
        } \
        raw_close(line[1]); \
        char none; \
        while (raw_read(line[0], &none, 1) == -1) \
            continue; /* the child is gone */ \
        raw_close(line[0]); \
        sigset_t waiting; \
        int status = -1; \
        note("  parent: %s, errno %d, mask %llx\n", pid > 0 ? "a child" : "none", error, (unsigned long long)mask()); \
        note("  parent: waiting %d\n", sigpending(&waiting) == 0 ? sigismember(&waiting, SIGUSR1) : -1); \
        bool ours = waitpid(pid, &status, 0) == pid; \
        note("  parent: waited %d, status %d\n", ours, status); \
        show_notes(); \
    } while (0)

static void all_forks(void) {
    pid_t parent = getpid();
    sigset_t usr1;
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    SETUP(pthread_sigmask(SIG_BLOCK, &usr1, NULL) == 0);
    SETUP(raise(SIGUSR1) == 0);
    BOTH_SIDES(fork());
    BOTH_SIDES(_Fork());
    BOTH_SIDES(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
    BOTH_SIDES(sys_clone3());
    SETUP(pthread_sigmask(SIG_UNBLOCK, &usr1, NULL) == 0);
    say("handled %d\n", (int)handled);
    sigset_t all;
    sigfillset(&all);
    SETUP(pthread_sigmask(SIG_SETMASK, &all, NULL) == 0);
    BOTH_SIDES(fork());
    sigemptyset(&all);
    SETUP(pthread_sigmask(SIG_SETMASK, &all, NULL) == 0);
    BOTH_SIDES(fork());
}

static void *thread_main(void *none) {
    all_forks();
    return none;
}

static void handler(int number) {
    (void)number;
    all_forks();
}

int main(int argc, char **argv) {
    struct sigaction action = {.sa_handler = count};
    SETUP(argc == 2 && sigaction(SIGUSR1, &action, NULL) == 0);
    SETUP(pthread_atfork(prepare, in_parent, in_child) == 0);
    if (strcmp(argv[1], "thread") == 0) {
        pthread_t thread;
        SETUP(pthread_create(&thread, NULL, thread_main, NULL) == 0 && pthread_join(thread, NULL) == 0);
    } else if (strcmp(argv[1], "handler") == 0) {
        SETUP(signal(SIGUSR2, handler) != SIG_ERR && raise(SIGUSR2) == 0);
    } else {
        all_forks();
    }
    return 0;
}
