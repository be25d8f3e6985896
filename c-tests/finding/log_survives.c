/* The log outlives what programs do: descriptors closed by every loop, its own number taken by a dup or closed behind
 * its back and reused, another directory, another root, another user, another program, a low descriptor limit. The
 * finding afterwards is in the log, whole, and in no file of the program's.
 *
 * ways: nothing close_loop closefrom close_range by_number fcntl_loop dup2_over dup3_over raw_close raw_reuse raw_unlinked chdir exec setuid chroot low_limit rotated daemon many_open
 * bare: exit 12
 * guarded: exit 0; nothing
 * stderr: not compared
 * may skip: needs root
 */
#include "subject.h"

static int victim = -1; /* a file of the program's */

static void nothing(void) { find(1); }
static void close_loop(void) {
    for (int fd = 3; fd < 1024; fd++)
        close(fd);
    find(1);
}
static void close_by_closefrom(void) {
    closefrom(3);
    find(1);
}
static void close_by_range(void) {
    SETUP(close_range(3, ~0U, 0) == 0);
    find(1);
}
static void close_by_number(void) {
    SETUP(syscall(SYS_close_range, 3, ~0U, 0) == 0);
    for (int fd = 3; fd < 1024; fd++)
        syscall(SYS_close, fd);
    find(1);
}
static void close_by_fcntl(void) {
    for (int fd = 3; fd < 1024; fd++) {
        if (fcntl(fd, F_GETFD) != -1)
            close(fd);
    }
    find(1);
}

static void open_victim(void) {
    victim = open("victim", O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 0666);
    SETUP(victim != -1);
}
static void over_all(bool three) {
    open_victim();
    for (int fd = 200; fd < 300; fd++)
        SETUP((three ? dup3(victim, fd, O_CLOEXEC) : dup2(victim, fd)) == fd);
    find(1);
}
static void dup2_over(void) { over_all(false); }
static void dup3_over(void) { over_all(true); }

static void raw_closed(void) {
    raw_call(SYS_close_range, 3, ~0U, 0);
    find(1);
}
static void raw_reused(void) {
    raw_closed();
    open_victim();
    for (int fd = 200; fd < 300; fd++)
        SETUP(raw_dup3(victim, fd, 0) == fd);
    find(1);
}
/* As a raw_close, and the file's name is gone: it is made again. */
static void raw_unlinked(void) {
    raw_call(SYS_close_range, 3, ~0U, 0);
    SETUP(unlink("records") == 0);
    find(1);
}
static void rotated(void) {
    SETUP(rename("records", "records.1") == 0);
    find(1);
}
static void other_directory(void) {
    SETUP(chdir("/") == 0);
    find(1);
}
static void other_program(void) {
    char *arguments[] = {"subject", "--role", "nothing", NULL};
    find(1);
    execv("/proc/self/exe", arguments);
    SETUP(false);
}
static void other_user(void) {
    SETUP(chmod("records", 0600) == 0 && setgid(65534) == 0 && setuid(65534) == 0);
    find(1);
}
static void other_root(void) {
    SETUP(mkdir("root", 0700) == 0 || errno == EEXIST);
    SETUP(chroot("root") == 0 && chdir("/") == 0);
    find(1);
}
static void low_limit(void) {
    struct rlimit limit;
    SETUP(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = 40;
    SETUP(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    make_loops(1);
    int status;
    pid_t pid = fork(); /* start() has its lines above 200 */
    if (pid == 0)
        quit(find_child(NULL));
    SETUP(waitpid(pid, &status, 0) == pid && status == 0);
}
static void be_daemon(void) {
    SETUP(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
    if (fork() == 0) {
        SETUP(daemon(0, 0) == 0); /* stderr is /dev/null from here on */
        alarm(ALARM_SECONDS);
        find(1);
        _exit(0);
    }
    for (int status = 0; waitpid(-1, &status, 0) > 0;)
        SETUP(status == 0);
}
static void many_open(void) {
    struct rlimit limit;
    SETUP(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = 300;
    SETUP(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    make_loops(1);
    open_victim();
    while (dup(victim) != -1)
        continue;
    for (int fd = 280; fd < 290; fd++)
        close(fd);
    use_in_child();
}

int main(int argc, char **argv) {
    static const struct role ROLES[] = {
        {"nothing", nothing},           {"close_loop", close_loop},     {"closefrom", close_by_closefrom}, {"close_range", close_by_range},
        {"by_number", close_by_number}, {"fcntl_loop", close_by_fcntl}, {"dup2_over", dup2_over},          {"dup3_over", dup3_over},
        {"raw_close", raw_closed},      {"raw_reuse", raw_reused},      {"raw_unlinked", raw_unlinked},    {"rotated", rotated},
        {"chdir", other_directory},     {"exec", other_program},        {"setuid", other_user},            {"chroot", other_root},
        {"low_limit", low_limit},       {"daemon", be_daemon},          {"many_open", many_open},
    };
    subject_main(argc, argv, ROLES);
    SETUP(argc == 2);
    const char *way = argv[1];
    if ((strcmp(way, "setuid") == 0 || strcmp(way, "chroot") == 0) && geteuid() != 0)
        SKIP("needs root");
    char here[4096], options[8192];
    SETUP(getcwd(here, sizeof here) != NULL);
    snprintf(options, sizeof options, "log_path=\"%s/records\"", here);
    int expected = strcmp(way, "exec") == 0 || strcmp(way, "raw_reuse") == 0 ? 2 : 1;
    struct subject *subject = run_subject(way, options);
    if (strcmp(way, "rotated") == 0)
        read_whole("records.1", subject->log, sizeof subject->log);
    EXPECT(12, lines_in(subject->log) == expected);
    EXPECT(13, subject->code == 0);
    EXPECT(14, times_in(subject->log, "\"outcome\":\"repaired\"") == expected);
    char text[4096];
    read_whole("victim", text, sizeof text);
    EXPECT(15, text[0] == '\0');
    if (strcmp(way, "daemon") != 0)
        EXPECT(16, times_in(subject->error, "inherited-poller: ") == expected);
    EXPECT(17, times_in(subject->error, "could not") == 0);
    return 0;
}
