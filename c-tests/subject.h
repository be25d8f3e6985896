/* A test that looks at what forkproof writes runs itself again as a subject, with options of its own and its stderr in
 * a file. The runner's log stays empty, and the subject's is the file `records`, in the folder the runner made.
 *
 *     struct subject subject = run_subject("role", "log_path=records:limit=3");
 *     CHECK(12, lines_in(subject.log) == 3);
 *
 * The program's own main calls subject_main first, which runs the role in the subject and returns in the test.
 */
#ifndef SUBJECT_H
#define SUBJECT_H

#include "fork_ways.h"
#include "poller.h"

typedef void role_main(void);
struct role {
    const char *name;
    role_main *run;
};

struct subject {
    pid_t pid;
    int code;
    char error[1 << 17], out[1 << 14], log[1 << 20]; /* as strings; of the log the findings alone */
};

static struct subject subject_now;
static void (*before_exec)(void); /* in the process that becomes the subject */

static MAYBE_UNUSED void read_all(const char *path, char *to, size_t room) {
    size_t size = 0;
    int fd = (int)raw_call(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
    for (long more = 1; fd != -1 && more > 0; size += (size_t)more) {
        more = raw_read(fd, to + size, room - 1 - size);
        SETUP(more >= 0);
    }
    to[size] = '\0';
    if (fd != -1)
        raw_close(fd);
}

/* As read_all, without the records of a log that are no findings. */
static MAYBE_UNUSED void read_whole(const char *path, char *to, size_t room) {
    static const char RECORD[] = "{\"v\":", FINDING[] = "{\"v\":1,\"kind\":\"finding\"";
    read_all(path, to, room);
    char *kept = to;
    for (char *line = to, *end; *line; line = end) {
        end = strchr(line, '\n');
        end = end ? end + 1 : line + strlen(line);
        if (strncmp(line, RECORD, sizeof RECORD - 1) == 0 && strncmp(line, FINDING, sizeof FINDING - 1) != 0)
            continue;
        memmove(kept, line, (size_t)(end - line));
        kept += end - line;
    }
    *kept = '\0';
}

static MAYBE_UNUSED int lines_in(const char *text) {
    int count = 0;
    for (; *text; text++)
        count += *text == '\n';
    return count;
}

static MAYBE_UNUSED int times_in(const char *text, const char *what) {
    int count = 0;
    for (const char *at = strstr(text, what); at; at = strstr(at + 1, what))
        count++;
    return count;
}

/* The number behind the first `"name":` in a record. */
static MAYBE_UNUSED long long number_in(const char *record, const char *name) {
    char key[64];
    snprintf(key, sizeof key, "\"%s\":", name);
    const char *at = strstr(record, key);
    return at ? strtoll(at + strlen(key), NULL, 10) : -999;
}

static MAYBE_UNUSED bool text_is(const char *record, const char *name, const char *value) {
    char field[256];
    snprintf(field, sizeof field, "\"%s\":\"%s\"", name, value);
    return strstr(record, field) != NULL;
}

/* In the log of a subject there are findings and nothing else, unless it asks. */
static MAYBE_UNUSED const char *findings_alone(const char *options) {
    static char all[8192];
    bool alone = strstr(options, "log_path=") && !strstr(options, "log_processes=");
    int length = snprintf(all, sizeof all, "%s%s", options, alone ? ":log_processes=0" : "");
    SETUP(length >= 0 && length < (int)sizeof all);
    return all;
}

/* Fresh files `records`, `error` and `out`, one run, and what came of it. NULL options: none at all. */
static MAYBE_UNUSED struct subject *run_subject(const char *role, const char *options) {
    struct subject *subject = &subject_now;
    char *arguments[] = {"subject", "--role", (char *)role, NULL};
    int status;
    unlink("records");
    int error = open("error", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
    int out = open("out", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
    SETUP(error != -1 && out != -1);
    subject->pid = fork();
    SETUP(subject->pid != -1);
    if (subject->pid == 0) {
        if (options == NULL)
            unsetenv("FORKPROOF_OPTIONS");
        else
            setenv("FORKPROOF_OPTIONS", findings_alone(options), 1);
        dup2(error, 2);
        dup2(out, 1);
        if (before_exec)
            before_exec();
        alarm(ALARM_SECONDS);
        execv("/proc/self/exe", arguments);
        _exit(99);
    }
    close(error);
    close(out);
    SETUP(waitpid(subject->pid, &status, 0) == subject->pid);
    subject->code = code_of(status);
    before_exec = NULL;
    read_whole("error", subject->error, sizeof subject->error);
    read_whole("out", subject->out, sizeof subject->out);
    read_whole("records", subject->log, sizeof subject->log);
    return subject;
}

/* Shows what the subject wrote, for whoever reads why a check failed. */
static MAYBE_UNUSED void show_subject(void) {
    line_to(2, "subject %d ended with %d; its stderr:\n%.700s\n", (int)subject_now.pid, subject_now.code, subject_now.error);
    line_to(2, "its log:\n%.900s\n", subject_now.log);
}

#define EXPECT(code, condition) \
    do { \
        if (!(condition)) \
            show_subject(); \
        CHECK(code, condition); \
    } while (0)

#define subject_main(argc, argv, roles) \
    do { \
        if ((argc) == 3 && strcmp((argv)[1], "--role") == 0) { \
            for (size_t place = 0; place < sizeof(roles) / sizeof *(roles); place++) { \
                if (strcmp((roles)[place].name, (argv)[2]) == 0) { \
                    (roles)[place].run(); \
                    return 0; \
                } \
            } \
            quit(99); \
        } \
    } while (0)

/* The plainest finding: `count` loops, one registration each, used by one child. */
static int find_count;
static int find_loops[600];

static int find_child(void *none) {
    (void)none;
    for (int place = 0; place < find_count; place++)
        SETUP(ready(find_loops[place]) >= 0);
    return 0;
}

static MAYBE_UNUSED void make_loops(int count) {
    struct line_pipe pipe = new_pipe();
    find_count = count;
    SETUP(count <= 600);
    for (int place = 0; place < count; place++) {
        find_loops[place] = new_poller();
        SETUP(add(find_loops[place], pipe.out, EPOLLIN, (uint64_t)place) == 0);
    }
}

static MAYBE_UNUSED void use_in_child(void) {
    struct kid kid = start(PLAIN_FORK, find_child, NULL);
    ended(&kid);
}

static MAYBE_UNUSED void find(int count) {
    make_loops(count);
    use_in_child();
}

#endif
