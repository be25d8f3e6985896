/* Number 2 may be anything: closed, a socket or a data file that took its place, a full pipe, a pipe nobody reads, a
 * file at its size limit, a full disk, a log file the program put there. The finding never goes where it does not
 * belong, never blocks, never raises a signal; the record is in the log in every case, and where the program put a
 * file there itself, the line goes to that.
 *
 * ways: closed reused_file reused_socket dup2_file dup3_file freopen full_pipe full_socket broken_pipe broken_socket size_limit disk_full null
 * bare: exit 12
 * guarded: exit 0; nothing
 * stderr: not compared
 */
#include "subject.h"

/* The victim's bytes, shown on stdout, which is another file. */
static void show_number_2(void) {
    char text[4096];
    read_whole("victim", text, sizeof text);
    raw_write(1, text, strlen(text));
}

static void closed(void) {
    close(2);
    find(1);
}
static void reused_file(void) {
    close(2);
    SETUP(open("victim", O_RDWR | O_CREAT | O_TRUNC, 0600) == 2);
    SETUP(write(2, "data", 4) == 4);
    find(1);
    show_number_2();
}
static void reused_socket(void) {
    int ends[2];
    char text[4096];
    close(2);
    int other = dup(0); /* number 2 for a moment */
    SETUP(other == 2);
    int high = fcntl(0, F_DUPFD, 50);
    close(2);
    SETUP(high != -1 && socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0 && ends[0] == 2);
    find(1);
    ssize_t size = recv(ends[1], text, sizeof text, MSG_DONTWAIT);
    if (size > 0)
        raw_write(1, text, (size_t)size);
}
static void put_file(bool three) {
    int fd = open("victim", O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 0600);
    SETUP(fd != -1 && (three ? dup3(fd, 2, 0) : dup2(fd, 2)) == 2 && close(fd) == 0);
    find(1);
    show_number_2();
}
static void dup2_file(void) { put_file(false); }
static void dup3_file(void) { put_file(true); }
static void freopened(void) {
    SETUP(freopen("victim", "a", stderr) == stderr && fileno(stderr) == 2);
    find(1);
    show_number_2();
}
static void by_plain_find(void) { find(1); }

/* What number 2 is from the start. */
static int ends[2];
static void give(int fd) { SETUP(dup2(fd, 2) == 2); }
static void full_pipe(void) {
    static char block[4096];
    SETUP(pipe2(ends, O_NONBLOCK) == 0);
    while (raw_write(ends[1], block, sizeof block) > 0)
        continue;
    while (raw_write(ends[1], block, 1) > 0)
        continue;
    SETUP(fcntl(ends[1], F_SETFL, 0) == 0); /* a program's stderr blocks */
    give(ends[1]);
}
static void full_socket(void) {
    static char block[4096];
    SETUP(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
    while (raw_write(ends[1], block, sizeof block) > 0)
        continue;
    while (raw_write(ends[1], block, 1) > 0)
        continue;
    SETUP(fcntl(ends[1], F_SETFL, 0) == 0);
    give(ends[1]);
}
static void broken_pipe(void) {
    SETUP(pipe(ends) == 0);
    give(ends[1]);
    raw_close(ends[0]);
    raw_close(ends[1]);
}
static void broken_socket(void) {
    SETUP(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    give(ends[1]);
    raw_close(ends[0]);
    raw_close(ends[1]);
}
static void size_limit(void) {
    struct rlimit four = {4, 4};
    int fd = open("victim", O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 0600);
    SETUP(fd != -1 && write(fd, "full", 4) == 4);
    give(fd);
    SETUP(setrlimit(RLIMIT_FSIZE, &four) == 0);
}
static void disk_full(void) {
    int fd = open("/dev/full", O_WRONLY);
    SETUP(fd != -1);
    give(fd);
}
static void to_null(void) {
    int fd = open("/dev/null", O_WRONLY);
    SETUP(fd != -1);
    give(fd);
}

int main(int argc, char **argv) {
    static const struct role ROLES[] = {
        {"closed", closed},       {"reused_file", reused_file}, {"reused_socket", reused_socket}, {"dup2_file", dup2_file},
        {"dup3_file", dup3_file}, {"freopen", freopened},       {"find", by_plain_find},
    };
    static const struct role GIVEN[] = {
        {"full_pipe", full_pipe},         {"full_socket", full_socket}, {"broken_pipe", broken_pipe},
        {"broken_socket", broken_socket}, {"size_limit", size_limit},   {"disk_full", disk_full},     {"null", to_null},
    };
    subject_main(argc, argv, ROLES);
    SETUP(argc == 2);
    const char *way = argv[1], *role = way;
    for (size_t place = 0; place < sizeof GIVEN / sizeof *GIVEN; place++) {
        if (strcmp(way, GIVEN[place].name) == 0) {
            before_exec = GIVEN[place].run;
            role = "find";
        }
    }
    struct subject *subject = run_subject(role, "log_path=records");
    if (strcmp(way, "size_limit") == 0) {
        /* The log is a file too. That nothing was killed is all that can be had. */
        EXPECT(12, subject->code != 99 && access("records", F_OK) == 0);
        EXPECT(21, subject->code == 0);
        read_whole("victim", subject->out, sizeof subject->out);
        EXPECT(22, strcmp(subject->out, "full") == 0);
        return 0;
    }
    EXPECT(12, lines_in(subject->log) == 1);
    EXPECT(13, subject->code == 0);
    int lines = strncmp(way, "dup", 3) == 0 ? 1 : 0;
    if (strcmp(way, "reused_file") == 0)
        EXPECT(14, strcmp(subject->out, "data") == 0);
    else if (strcmp(way, "freopen") == 0)
        EXPECT(15, times_in(subject->out, "forkproof[") <= 1); /* libc closes and opens inside itself */
    else
        EXPECT(16, times_in(subject->out, "forkproof[") == lines);
    EXPECT(17, times_in(subject->error, "forkproof[") == 0);
    return 0;
}
