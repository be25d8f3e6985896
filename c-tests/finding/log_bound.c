/* A log that has grown past its bound, at moments at which a new one cannot be begun, or only with care: past the limit on
 * the size of files, on a signal stack of 8 KiB, and where another user may not write to the new one. The program has its
 * own status and no signal, and what nobody will read is counted.
 *
 * ways: size_limit small_stack no_more_ours
 * bare: exit 12
 * guarded: exit 0; nothing
 * stderr: not compared
 * may skip: needs root
 */
#include "subject.h"
#include <sys/mman.h>

/* With a bound of 1 KiB the next record finds the log past it. */
static void fill_log(void) {
    char line[1100];
    memset(line, ' ', sizeof line);
    line[sizeof line - 1] = '\n';
    int log = open("records", O_WRONLY | O_APPEND | O_CLOEXEC);
    SETUP(log != -1 && write(log, line, sizeof line) == sizeof line && close(log) == 0);
}

static void end_a_child(void) {
    int status;
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    SETUP(pid != -1 && waitpid(pid, &status, 0) == pid && status == 0);
}

static void at_size_limit(void) {
    struct rlimit none = {0, RLIM_INFINITY};
    fill_log();
    SETUP(signal(SIGXFSZ, SIG_DFL) != SIG_ERR && setrlimit(RLIMIT_FSIZE, &none) == 0);
    end_a_child();
}

static void handler(int number) {
    (void)number;
    end_a_child();
    _exit(0);
}

static void on_small_stack(void) {
    enum { SIZE = 8192, GUARD = 1 << 16 };
    char *place = mmap(NULL, GUARD + SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    SETUP(place != MAP_FAILED && mprotect(place, GUARD, PROT_NONE) == 0);
    stack_t stack = {.ss_sp = place + GUARD, .ss_size = SIZE};
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
    SETUP(sigaltstack(&stack, NULL) == 0 && sigaction(SIGUSR1, &action, NULL) == 0);
    fill_log();
    raise(SIGUSR1);
}

/* Two logs come and go while this process, of another user by now, has the first open. */
static void other_user(void) {
    fill_log();
    SETUP(chmod("records", 0644) == 0 && rename("records", "records.1") == 0);
    int fresh = open("records", O_WRONLY | O_CREAT | O_EXCL, 0600);
    SETUP(fresh != -1 && unlink("records.1") == 0);
    SETUP(setgid(65534) == 0 && setuid(65534) == 0);
    end_a_child();
    find(1);
}

int main(int argc, char **argv) {
    static const struct role ROLES[] = {{"size_limit", at_size_limit}, {"small_stack", on_small_stack}, {"no_more_ours", other_user}};
    subject_main(argc, argv, ROLES);
    SETUP(argc == 2);
    char here[4096], options[8192];
    if (strcmp(argv[1], "no_more_ours") == 0 && geteuid() != 0)
        SKIP("needs root");
    SETUP(getcwd(here, sizeof here) != NULL);
    snprintf(options, sizeof options, "log_path=\"%s/records\":log_max_kb=1:log_processes=1", here);
    struct subject *subject = run_subject(argv[1], options);
    EXPECT(12, access("records", F_OK) == 0);
    EXPECT(13, subject->code == 0);
    if (strcmp(argv[1], "no_more_ours") == 0) {
        EXPECT(14, times_in(subject->error, "log_max_kb: ") >= 1);
        EXPECT(15, times_in(subject->error, "lines that could not be written before: ") >= 1);
    }
    return 0;
}
