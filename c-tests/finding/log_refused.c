/* A log that cannot be written: no such directory, a directory, no permission, a full disk, a size limit. One clear
 * line on stderr where the file cannot be opened; the program runs on with its own status, its findings go to
 * stderr, nothing blocks and no signal is raised. Names may hold %p and %%, be relative, and have colons.
 *
 * ways: no_directory is_directory full_disk size_limit fifo percent_p percent relative colon too_long
 * bare: exit 12
 * guarded: exit 0; nothing
 * stderr: not compared
 */
#include "subject.h"

static void plain_find(void) { find(1); }
static void limited_find(void) {
    struct rlimit none = {0, RLIM_INFINITY};
    make_loops(1);
    SETUP(signal(SIGXFSZ, SIG_DFL) != SIG_ERR && setrlimit(RLIMIT_FSIZE, &none) == 0);
    use_in_child();
    sigset_t waiting;
    SETUP(sigpending(&waiting) == 0 && !sigismember(&waiting, SIGXFSZ));
}
static void find_twice(void) {
    find(1);
    SETUP(chdir("..") == 0);
    find(1);
}
static void parent_and_child(void) {
    find(1);
    find(1);
}

int main(int argc, char **argv) {
    static const struct role ROLES[] = {{"find", plain_find}, {"limited", limited_find}, {"twice", find_twice}, {"both", parent_and_child}};
    subject_main(argc, argv, ROLES);
    SETUP(argc == 2);
    const char *way = argv[1];
    struct subject *subject;
    char text[1 << 16];
    if (strcmp(way, "no_directory") == 0 || strcmp(way, "is_directory") == 0 || strcmp(way, "too_long") == 0) {
        static char options[2200] = "log_path=nowhere/records";
        if (strcmp(way, "is_directory") == 0)
            strcpy(options, "log_path=/");
        if (strcmp(way, "too_long") == 0)
            memset(strcpy(options, "log_path=") + 9, 'x', 2000);
        subject = run_subject("find", options);
        EXPECT(12, times_in(subject->error, "log_path") >= 1);
        EXPECT(13, subject->code == 0);
        EXPECT(14, times_in(subject->error, "forkproof-internal: ") == 1 && times_in(subject->error, "inherited-poller: ") == 1);
        EXPECT(15, lines_in(subject->error) == 2);
    } else if (strcmp(way, "full_disk") == 0) {
        subject = run_subject("find", "log_path=/dev/full");
        EXPECT(12, times_in(subject->error, "inherited-poller: ") == 1);
        EXPECT(13, subject->code == 0);
    } else if (strcmp(way, "fifo") == 0) {
        SETUP(mkdir("pipe", 0700) == 0 && mkfifo("pipe/records", 0600) == 0);
        subject = run_subject("find", "log_path=pipe/records"); /* open(2) of a FIFO nobody reads must not block */
        EXPECT(12, times_in(subject->error, "inherited-poller: ") == 1);
        EXPECT(13, subject->code == 0);
    } else if (strcmp(way, "size_limit") == 0) {
        subject = run_subject("limited", "log_path=records");
        EXPECT(12, access("records", F_OK) == 0);
        EXPECT(13, subject->code == 0 && subject->log[0] == '\0');
    } else if (strcmp(way, "percent_p") == 0) {
        subject = run_subject("both", "log_path=records.%p.x");
        EXPECT(12, times_in(subject->error, "inherited-poller: ") == 2);
        EXPECT(13, subject->code == 0);
        /* Each child has a file of its own, named after it. */
        const char *at = subject->error;
        for (int turn = 0; turn < 2; turn++, at = strchr(at, '\n') + 1) {
            int pid;
            char name[64];
            SETUP(sscanf(at, "forkproof[%d]", &pid) == 1);
            snprintf(name, sizeof name, "records.%d.x", pid);
            read_whole(name, text, sizeof text);
            EXPECT(14, lines_in(text) == 1 && number_in(text, "pid") == pid);
        }
    } else if (strcmp(way, "percent") == 0) {
        subject = run_subject("find", "log_path=100%%.%x");
        read_whole("100%.%x", text, sizeof text);
        EXPECT(12, lines_in(text) == 1 && subject->code == 0);
    } else if (strcmp(way, "relative") == 0) {
        subject = run_subject("twice", "log_path=records");
        EXPECT(12, lines_in(subject->log) == 2);
        EXPECT(13, access("../records", F_OK) == -1 && subject->code == 0);
    } else {
        subject = run_subject("find", "log_path=\"a:b\":limit=5");
        read_whole("a:b", text, sizeof text);
        EXPECT(12, lines_in(text) == 1 && subject->code == 0);
        EXPECT(13, lines_in(subject->error) == 1);
    }
    return 0;
}
