/* What a finding says: one line on stderr for people, with pid, slug, call, number and what was done; one record in
 * the log with every field, the same facts, and nothing more. For each outcome.
 *
 * ways: repair report poison die observe phantom failed
 * bare: exit 12
 * guarded: exit 0; nothing
 * stderr: not compared
 */
#include "subject.h"
#undef printf

static const char *const FIELDS[] = {"v", "kind", "time_ns", "pid", "ppid", "tid", "comm", "slug", "action", "outcome", "call", "fd", "owner",
                                     "registrations", "lost", "errno", "made_at", "forked_at", "lock",
                                     "holder", "holder_name", "holder_at", "waited_us", "held_back", "made_stack", "forked_stack", "used_stack", "holder_stack", "suppressed", "text"};

static int poller;
static struct line_pipe pipes[3];

static void make(void) {
    poller = new_poller();
    for (int place = 0; place < 3; place++) {
        pipes[place] = new_pipe();
        SETUP(add(poller, pipes[place].out, EPOLLIN, 1) == 0);
    }
}

static int touch(void *none) {
    (void)none;
    char text[64];
    snprintf(text, sizeof text, "child %d %d\n", (int)getpid(), (int)getppid());
    SETUP(raw_write(1, text, strlen(text)) > 0);
    SETUP(prctl(PR_SET_NAME, "a \"name\"\\") == 0);
    del(poller, pipes[0].out);
    return 0;
}

static void inherit(void) {
    make();
    struct kid kid = start(PLAIN_FORK, touch, NULL);
    quit(code_from(&kid));
}

static int no_numbers(void *none) {
    struct rlimit few = {3, 3};
    SETUP(setrlimit(RLIMIT_NOFILE, &few) == 0);
    return touch(none);
}

static void fail(void) {
    make();
    struct kid kid = start(PLAIN_FORK, no_numbers, NULL);
    quit(code_from(&kid));
}

static int idle(void *none) {
    (void)none;
    tell(up);
    await(up);
    return 0;
}

static void phantom(void) {
    make();
    struct kid kid = start(PLAIN_FORK, idle, NULL);
    await(kid.line);
    char text[64];
    snprintf(text, sizeof text, "child %d %d\n", (int)getpid(), (int)getppid());
    SETUP(raw_write(1, text, strlen(text)) > 0);
    SETUP(prctl(PR_SET_NAME, "a \"name\"\\") == 0);
    close(pipes[0].out);
    tell(kid.line);
    ended(&kid);
}

int main(int argc, char **argv) {
    static const struct role ROLES[] = {{"inherit", inherit}, {"phantom", phantom}, {"failed", fail}};
    subject_main(argc, argv, ROLES);
    SETUP(argc == 2);
    char options[128], expected[128];
    const char *way = argv[1], *role = "inherit";
    const char *slug = "inherited-poller", *action = way, *outcome = NULL, *call = "epoll_ctl";
    if (strcmp(way, "phantom") == 0) {
        role = "phantom", slug = "phantom-event", action = "repair", outcome = "repaired", call = "close";
        snprintf(options, sizeof options, "log_path=records");
    } else if (strcmp(way, "observe") == 0) {
        action = "report", outcome = "reported";
        snprintf(options, sizeof options, "log_path=records:mode=observe:inherited-poller=die");
    } else if (strcmp(way, "failed") == 0) {
        role = "failed", action = "repair", outcome = "failed";
        snprintf(options, sizeof options, "log_path=records");
    } else {
        outcome = way[2] == 'p' && way[3] == 'a' ? "repaired" : way[0] == 'r' ? "reported" : way[0] == 'p' ? "poisoned" : "died";
        snprintf(options, sizeof options, "log_path=records:inherited-poller=%s", way);
    }
    struct subject *subject = run_subject(role, options);
    EXPECT(12, lines_in(subject->log) == 1);
    EXPECT(13, subject->code == (strcmp(way, "die") == 0 ? 66 : 0));
    EXPECT(14, lines_in(subject->error) == 1);
    int pid, parent;
    SETUP(sscanf(subject->out, "child %d %d", &pid, &parent) == 2);
    /* The line. */
    snprintf(expected, sizeof expected, "forkproof[%d]: %s: ", pid, slug);
    EXPECT(15, strncmp(subject->error, expected, strlen(expected)) == 0);
    EXPECT(16, strstr(subject->error, call) != NULL);
    snprintf(expected, sizeof expected, "fd %d", strcmp(role, "phantom") == 0 ? 4 : 3);
    EXPECT(17, strstr(subject->error, expected) != NULL);
    /* The record: every field, once, in this order. */
    const char *at = subject->log;
    for (size_t place = 0; place < sizeof FIELDS / sizeof *FIELDS; place++) {
        char key[64];
        snprintf(key, sizeof key, "\"%s\":", FIELDS[place]);
        const char *next = strstr(at, key);
        if (next == NULL)
            line_to(2, "no field %s\n", FIELDS[place]);
        EXPECT(18, next != NULL);
        at = next + 1;
    }
    EXPECT(19, times_in(subject->log, "\":") == sizeof FIELDS / sizeof *FIELDS);
    const char *log = subject->log;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    long long age = (now.tv_sec - number_in(log, "time_ns") / 1000000000);
    EXPECT(20, number_in(log, "v") == 1 && text_is(log, "kind", "finding") && age >= 0 && age < ALARM_SECONDS);
    EXPECT(21, number_in(log, "pid") == pid && number_in(log, "tid") == pid && number_in(log, "ppid") == parent);
    EXPECT(22, text_is(log, "comm", "a \\\"name\\\"\\\\"));
    EXPECT(23, text_is(log, "slug", slug) && text_is(log, "action", action) && text_is(log, "outcome", outcome) && text_is(log, "call", call));
    EXPECT(24, number_in(log, "fd") == (strcmp(role, "phantom") == 0 ? 4 : 3));
    EXPECT(25, number_in(log, "held_back") == 0 && number_in(log, "lost") == 0);
    EXPECT(26, number_in(log, "errno") == (strcmp(way, "failed") == 0 ? EMFILE : 0));
    if (strcmp(role, "phantom") == 0) {
        EXPECT(27, number_in(log, "registrations") == 1 && number_in(log, "owner") > pid);
    } else {
        EXPECT(28, number_in(log, "owner") == parent);
        EXPECT(29, number_in(log, "registrations") == (strcmp(outcome, "repaired") == 0 ? 3 : 0));
        EXPECT(30, strstr(log, "\"made_at\":\"words+0x") != NULL);
        EXPECT(31, strstr(log, "\"forked_at\":\"words+0x") != NULL);
    }
    EXPECT(32, subject->log[strlen(subject->log) - 2] == '}' && subject->log[0] == '{');
    return 0;
}
