/* mode=strict: a run with a finding, in the program or in a process it forked, ends with status 66, or the one that is
 * set; without one, with its own. Stdout is flushed all the same, exit functions run, and a program that dies of
 * a signal or by _exit keeps its status. die ends the process at once.
 *
 * ways: child_finding own_finding grandchild_finding no_finding own_status signal exitcode atexit thread die
 * bare: exit 12
 * guarded: exit 0; nothing
 * stderr: not compared
 */
#include "subject.h"
#undef exit
#undef printf

static void say_buffered(void) { printf("last words\n"); }

static void child_finding(void) {
    say_buffered();
    find(1);
}
static void own_finding(void) {
    say_buffered();
    make_loops(1);
    struct line_pipe pipe = new_pipe();
    SETUP(add(find_loops[0], pipe.out, EPOLLIN, 1) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        pause();
        quit(0);
    }
    close(pipe.out);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}
static int find_below(void *none) {
    (void)none;
    use_in_child();
    return 0;
}
static void grandchild_finding(void) {
    say_buffered();
    make_loops(1);
    struct kid kid = start(PLAIN_FORK, find_below, NULL);
    ended(&kid);
}
static void no_finding(void) {
    say_buffered();
    make_loops(1);
    if (fork() == 0)
        quit(0);
    waitpid(-1, NULL, 0);
    exit(5);
}
static void own_status(void) {
    child_finding();
    exit(5);
}
static void by_signal(void) {
    find(1);
    raise(SIGTERM);
}
static void at_exit(void) { printf("exit function\n"); }
static void with_atexit(void) {
    atexit(at_exit);
    child_finding();
}
static void *exit_here(void *none) {
    (void)none;
    exit(5);
}
static void from_thread(void) {
    pthread_t thread;
    child_finding();
    pthread_create(&thread, NULL, exit_here, NULL);
    pthread_join(thread, NULL);
}
static void die(void) {
    make_loops(1);
    say_buffered();
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        ready(find_loops[0]);
        printf("still here\n");
        exit(0);
    }
    int status;
    waitpid(pid, &status, 0);
    quit(code_of(status));
}

int main(int argc, char **argv) {
    static const struct role ROLES[] = {
        {"child_finding", child_finding}, {"own_finding", own_finding}, {"grandchild_finding", grandchild_finding},
        {"no_finding", no_finding},       {"own_status", own_status},   {"signal", by_signal},
        {"exitcode", child_finding},      {"atexit", with_atexit},      {"thread", from_thread},
        {"die", die},
    };
    subject_main(argc, argv, ROLES);
    SETUP(argc == 2);
    const char *way = argv[1], *options = "mode=strict:log_path=records";
    int code = 66;
    const char *words = "last words\n";
    if (strcmp(way, "exitcode") == 0)
        options = "mode=strict:exitcode=9:log_path=records", code = 9;
    if (strcmp(way, "no_finding") == 0)
        code = 5;
    if (strcmp(way, "signal") == 0)
        code = 128 + SIGTERM, words = "";
    if (strcmp(way, "atexit") == 0)
        words = "last words\nexit function\n";
    if (strcmp(way, "die") == 0)
        options = "inherited-poller=die:log_path=records";
    struct subject *subject = run_subject(way, options);
    EXPECT(12, lines_in(subject->log) == (strcmp(way, "no_finding") == 0 ? 0 : 1) && access("records", F_OK) == 0);
    EXPECT(13, subject->code == code);
    EXPECT(14, strcmp(subject->out, words) == 0);
    /* In repair mode the same findings leave the status alone. */
    if (strcmp(way, "die") != 0 && strcmp(way, "signal") != 0) {
        subject = run_subject(way, "log_path=records");
        EXPECT(15, subject->code == (strcmp(way, "no_finding") == 0 || strcmp(way, "own_status") == 0 || strcmp(way, "thread") == 0 ? 5 : 0));
    }
    return 0;
}
