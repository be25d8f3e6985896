/* Every way to make a copy of a process, behind one call.
 *
 *     static int child(void *arg) { ...; tell(up); return 0; }
 *
 *     int main(int argc, char **argv) {
 *         struct kid kid = start(which_way(argc, argv), child, &something);
 *         await(kid.line);
 *         ended(&kid);
 *     }
 *
 * start() returns in the parent only. The child runs the function and ends with what it returns;
 * `up` is its line to the parent, `kid.line` the parent's line to it.
 */
#ifndef FORK_WAYS_H
#define FORK_WAYS_H

#include "check.h"
#include <linux/sched.h>
#include <pty.h>
#include <sys/mman.h>

typedef int kid_main(void *arg);

struct kid {
    pid_t pid;
    int line;
};

/* In a process made by start(): its line to the process that called start(). */
static int up = -1;

static MAYBE_UNUSED __attribute__((noreturn)) void live(kid_main *run, void *arg) {
    alarm(ALARM_SECONDS);
    _exit(run(arg));
}

/* Calls that return twice. */
extern pid_t _Fork(void) __attribute__((weak)); /* glibc 2.34 */
#ifdef SYS_fork
static pid_t sys_fork(void) { return (pid_t)syscall(SYS_fork); }
#endif
/* The fork that no hook can see. Machines without SYS_fork have clone(2) with the same effect. */
static pid_t asm_fork(void) {
#ifdef SYS_fork
    return (pid_t)raw_call(SYS_fork);
#else
    return (pid_t)raw_call(SYS_clone, SIGCHLD);
#endif
}
static pid_t sys_clone(void) { return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0); }
static pid_t sys_clone3(void) {
    struct clone_args args = {.exit_signal = SIGCHLD};
    return (pid_t)syscall(SYS_clone3, &args, sizeof args);
}

/* The other ways run the child where they like. */
struct birth {
    kid_main *run;
    void *arg;
    pid_t pid;
};
static struct birth birth; /* one at a time; a child finds it in its copy */

static int clone_entry(void *none) {
    (void)none;
    live(birth.run, birth.arg);
}

static void by_clone(void) {
    size_t size = 1 << 20;
    char *stack = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    SETUP(stack != MAP_FAILED);
    birth.pid = clone(clone_entry, stack + size, SIGCHLD, NULL);
}

/* The child gets a terminal of its own as 0, 1 and 2; its messages must still reach ours. */
static void by_forkpty(void) {
    int out = raw_dup_above(1, 300), error = raw_dup_above(2, 300), terminal;
    birth.pid = forkpty(&terminal, NULL, NULL, NULL);
    if (birth.pid == 0) {
        raw_dup3(out, 1, 0);
        raw_dup3(error, 2, 0);
        raw_close(out);
        raw_close(error);
        live(birth.run, birth.arg);
    }
    raw_close(out);
    raw_close(error);
    /* `terminal` stays open: closing it would hang up the child. */
}

static void *fork_in_thread(void *none) {
    birth.pid = fork();
    if (birth.pid == 0)
        live(birth.run, birth.arg);
    return none;
}

static void by_thread(void) {
    pthread_t thread;
    SETUP(pthread_create(&thread, NULL, fork_in_thread, NULL) == 0);
    SETUP(pthread_join(thread, NULL) == 0);
}

static void fork_in_handler(int number) {
    (void)number;
    birth.pid = fork();
    if (birth.pid == 0)
        live(birth.run, birth.arg);
}

static void by_handler(void) {
    /* SA_NODEFER: the child never leaves the handler, and may have to fork this way again. */
    struct sigaction action = {.sa_handler = fork_in_handler, .sa_flags = SA_NODEFER}, before;
    SETUP(sigaction(SIGUSR2, &action, &before) == 0);
    SETUP(raise(SIGUSR2) == 0);
    SETUP(sigaction(SIGUSR2, &before, NULL) == 0);
}

/* A process between us and the child, which ends as soon as the child is there. We are made the
 * reaper of orphans, so the child becomes ours and its status can be had (prctl(2)); it begins only
 * then, so that its parent is the same in each run. */
static void by_middle_process(pid_t (*second)(void)) {
    int report[2], orphaned[2];
    SETUP(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
    SETUP(raw_call(SYS_pipe2, report, O_CLOEXEC) == 0 && raw_call(SYS_pipe2, orphaned, O_CLOEXEC) == 0);
    pid_t middle = fork();
    SETUP(middle != -1);
    if (middle == 0) {
        pid_t pid = second();
        SETUP(pid != -1);
        if (pid != 0)
            _exit(0);
        pid = raw_getpid();
        alarm(ALARM_SECONDS);
        SETUP(raw_write(report[1], &pid, sizeof pid) == sizeof pid);
        raw_close(orphaned[1]);
        await(orphaned[0]);
        raw_close(orphaned[0]);
        raw_close(report[0]);
        raw_close(report[1]);
        live(birth.run, birth.arg);
    }
    raw_close(report[1]);
    raw_close(orphaned[0]);
    SETUP(raw_read(report[0], &birth.pid, sizeof birth.pid) == sizeof birth.pid);
    raw_close(report[0]);
    SETUP(waitpid(middle, NULL, 0) == middle);
    tell(orphaned[1]);
    raw_close(orphaned[1]);
}

static pid_t become_daemon(void) { return daemon(1, 1); } /* its caller's process ends inside */
static void by_daemon(void) { by_middle_process(become_daemon); }
static void by_fork_of_fork(void) { by_middle_process(fork); }

struct way {
    const char *name;
    pid_t (*call)(void);
    void (*other)(void);
};

static const struct way WAYS[] = {
    {"fork", fork, NULL},
    {"_Fork", _Fork, NULL},
#ifdef SYS_fork
    {"SYS_fork", sys_fork, NULL},
#endif
    {"SYS_clone", sys_clone, NULL},
    {"SYS_clone3", sys_clone3, NULL},
    {"asm", asm_fork, NULL},
    {"clone", NULL, by_clone},
    {"daemon", NULL, by_daemon},
    {"forkpty", NULL, by_forkpty},
    {"thread", NULL, by_thread},
    {"handler", NULL, by_handler},
    {"grandchild", NULL, by_fork_of_fork},
};
#define WAY_COUNT (sizeof WAYS / sizeof *WAYS)
#define PLAIN_FORK (&WAYS[0])

static inline bool way_exists(const struct way *way) { return way->call != NULL || way->other != NULL; }

/* The way named by the first argument; `--ways` prints those of this machine for the runner. */
static MAYBE_UNUSED const struct way *which_way(int argc, char **argv) {
    if (argc < 2)
        return PLAIN_FORK;
    bool list = strcmp(argv[1], "--ways") == 0;
    for (size_t place = 0; place < WAY_COUNT; place++) {
        if (list && way_exists(&WAYS[place]))
            say("%s\n", WAYS[place].name);
        if (!list && way_exists(&WAYS[place]) && strcmp(argv[1], WAYS[place].name) == 0)
            return &WAYS[place];
    }
    if (list)
        quit(0);
    line_to(2, "no way to fork is called `%s` here; `%s --ways` lists them\n", argv[1], argv[0]);
    quit(99);
}

struct start {
    kid_main *run;
    void *arg;
    int here, there;
};

static int start_entry(void *arg) {
    struct start *start = arg;
    raw_close(start->here);
    up = start->there;
    return start->run(start->arg);
}

/* Runs `run(arg)` in a new process. The line between the two lives above 200 and closes on exec,
 * so that it is no part of what the test shows. */
static MAYBE_UNUSED struct kid start(const struct way *way, kid_main *run, void *arg) {
    int ends[2];
    SETUP(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    struct start start = {run, arg, raw_dup_above(ends[0], 200), raw_dup_above(ends[1], 200)};
    SETUP(start.here != -1 && start.there != -1);
    raw_close(ends[0]);
    raw_close(ends[1]);
    birth = (struct birth){start_entry, &start, -1};
    if (way->call) {
        birth.pid = way->call();
        if (birth.pid == 0)
            live(birth.run, birth.arg);
    } else {
        way->other();
    }
    SETUP(birth.pid > 0);
    raw_close(start.there);
    return (struct kid){birth.pid, start.here};
}

/* Waits for the child; the code it ended with. */
static MAYBE_UNUSED int code_from(struct kid *kid) {
    int status;
    pid_t pid;
    do
        pid = waitpid(kid->pid, &status, 0);
    while (pid == -1 && errno == EINTR);
    SETUP(pid == kid->pid);
    raw_close(kid->line);
    return code_of(status);
}

/* Waits for the child; if it did not end with 0, ends as it ended. */
static MAYBE_UNUSED void ended(struct kid *kid) {
    int code = code_from(kid);
    if (code != 0) {
        line_to(2, "pid %d: child %d ended with status %d\n", (int)raw_getpid(), (int)kid->pid, code);
        quit(code);
    }
}

#endif
