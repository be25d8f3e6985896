/* Signals that libc keeps for itself, and flags of SIGCHLD's action that the kernel obeys without a handler's running: timers that
 * notify by thread, cancellation, setuid in all threads, children that are reaped by nobody, stops that are not told.
 *
 * ways: fresh forked child grown
 * bare: exit 0
 * guarded vanished-threads=off: exit 0; nothing
 * bare differs: no
 */
#include "actions_shown.h"
#include <sys/time.h>

static int line[2];
static volatile sig_atomic_t chld;

static void notified(union sigval value) { tell(value.sival_int); }
static void count_chld(int number) {
    (void)number;
    chld++;
}

static void *wait_for_ever(void *none) {
    for (;;)
        pause();
    return none;
}

static void timer_by_thread(void) {
    timer_t timer;
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = notified, .sigev_value.sival_int = line[1]};
    struct itimerspec soon = {.it_value = {.tv_nsec = 1000000}};
    SETUP(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0 && timer_settime(timer, 0, &soon, NULL) == 0);
    await(line[0]);
    SETUP(timer_delete(timer) == 0);
    say("notified\n");
}

static void with_threads(void) {
    pthread_t thread;
    void *result;
    SETUP(pthread_create(&thread, NULL, wait_for_ever, NULL) == 0);
    T(setgid(getgid()));
    T(setuid(getuid()));
    SETUP(pthread_cancel(thread) == 0 && pthread_join(thread, &result) == 0);
    say("cancelled %d\n", result == PTHREAD_CANCELED);
}

static pid_t child_of(void (*run)(void)) {
    pid_t pid = asm_fork();
    SETUP(pid != -1);
    if (pid == 0) {
        run();
        quit(0);
    }
    return pid;
}
static void stop(void) { raw_call(SYS_kill, raw_getpid(), SIGSTOP); }
static void end(void) {}

static void install(int flags) {
    struct sigaction action = {.sa_handler = count_chld, .sa_flags = flags};
    SETUP(sigaction(SIGCHLD, &action, NULL) == 0);
    chld = 0;
}

static void child_flags(void) {
    int status;
    install(SA_NOCLDWAIT);
    pid_t pid = child_of(end);
    T(waitpid(-1, NULL, 0) == -1 && errno == ECHILD);
    say("nobody to wait for; told %d\n", (int)chld);
    install(0);
    pid = child_of(stop);
    while (waitpid(pid, &status, WUNTRACED) == -1)
        SETUP(errno == EINTR);
    say("stopped %d, told %d\n", WIFSTOPPED(status), (int)chld);
    SETUP(kill(pid, SIGKILL) == 0);
    while (waitpid(pid, &status, 0) == -1)
        SETUP(errno == EINTR);
    install(SA_NOCLDSTOP);
    pid = child_of(stop);
    SETUP(waitpid(pid, &status, WUNTRACED) == pid);
    say("stopped %d, told %d\n", WIFSTOPPED(status), (int)chld);
    SETUP(kill(pid, SIGKILL) == 0);
    while (waitpid(pid, &status, 0) == -1)
        SETUP(errno == EINTR);
    say("ended, told %d\n", (int)chld);
    SETUP(signal(SIGCHLD, SIG_DFL) == count_chld);
}

static int calls(void *none) {
    (void)none;
    SETUP(pipe(line) == 0);
    struct sigaction action = {.sa_handler = first, .sa_flags = SA_RESTART};
    for (int number = SIGRTMIN; number <= SIGRTMAX; number++)
        SETUP(sigaction(number, &action, NULL) == 0);
    timer_by_thread();
    with_threads();
    show_status("at last");
    say("%d to %d\n", SIGRTMIN, SIGRTMAX);
    return 0;
}

/* The children first, in a process with no other. */
int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "forked") != 0)
        child_flags();
    return in_every_way(argc, argv, calls);
}
