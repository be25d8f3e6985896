/* FORKPROOF_OPTIONS: each mistake is one line that names the key and what it takes, and the program still runs, as if
 * the item were not there; in strict mode it does not run at all. help=1 lists every key; the kill switch leaves
 * the program as it is bare, without a word.
 *
 * ways: mistakes strict_mistake strict_later help disable disable_zero empty greeting too_long
 * bare: exit 12
 * guarded: exit 0; nothing
 * stderr: not compared
 */
#include "subject.h"

static void plain_find(void) {
    find(1);
    SETUP(raw_write(1, "main\n", 5) == 5);
}

/* Without the library a child's addition wakes its parent. */
static int touch(void *poller) {
    struct line_pipe own = new_pipe();
    SETUP(add(*(int *)poller, own.out, EPOLLIN, 7) == 0);
    fill(own);
    tell(up);
    await(up);
    return 0;
}
static void wakes(void) {
    int poller = new_poller();
    struct kid kid = start(PLAIN_FORK, touch, &poller);
    await(kid.line);
    int64_t seen = ready(poller);
    tell(kid.line);
    ended(&kid);
    quit(seen == 0 ? 41 : 40);
}

static void kill_switch(void) { setenv("FORKPROOF_DISABLE", "1", 1); }
static void no_kill_switch(void) { setenv("FORKPROOF_DISABLE", "0", 1); }

int main(int argc, char **argv) {
    static const struct role ROLES[] = {{"find", plain_find}, {"wakes", wakes}};
    subject_main(argc, argv, ROLES);
    SETUP(argc == 2);
    const char *way = argv[1];
    struct subject *subject;
    if (strcmp(way, "mistakes") == 0) {
        static const struct {
            const char *item, *named, *takes;
        } MISTAKES[] = {
            {"mode=repiar", "mode", "observe|repair|strict"},
            {"limit=-1", "limit", "0..1000000"},
            {"limit=many", "limit", "0..1000000"},
            {"exitcode=0", "exitcode", "1..255"},
            {"exitcode=256", "exitcode", "1..255"},
            {"verify=yes", "verify", "0|1"},
            {"identity=magic", "identity", "auto|wipe|atfork|hook"},
            {"verbosity=9", "verbosity", "0..2"},
            {"log_path=", "log_path", "FILE"},
            {"colour=red", "colour", "help=1"},
            {"inherited-poller=mend", "inherited-poller", "off|report|repair|poison|die"},
            {"phantom_event=off", "phantom_event", "help=1"},
            {"verify", "verify", "key=value"},
            {"=7", "", "help=1"},
            {"limit=\x1b[31m", "limit", "0..1000000"},
        };
        for (size_t place = 0; place < sizeof MISTAKES / sizeof *MISTAKES; place++) {
            char options[128];
            snprintf(options, sizeof options, "%s:log_path=records:", MISTAKES[place].item);
            subject = run_subject("find", options);
            if (place > 0 && subject->code != 0)
                line_to(2, "with %s\n", MISTAKES[place].item);
            EXPECT(12, times_in(subject->error, "FORKPROOF_OPTIONS: ") == 1);
            EXPECT(13, subject->code == 0 && strcmp(subject->out, "main\n") == 0);
            *strchr(subject->error, '\n') = '\0';
            EXPECT(14, strstr(subject->error, MISTAKES[place].named) != NULL);
            EXPECT(15, strstr(subject->error, MISTAKES[place].takes) != NULL);
            EXPECT(16, strchr(subject->error, '\x1b') == NULL);
            EXPECT(17, lines_in(subject->log) == 1 && times_in(subject->log, "\"outcome\":\"repaired\"") == 1);
        }
        subject = run_subject("find", "a=1:b=2:mode=x:c");
        EXPECT(18, times_in(subject->error, "FORKPROOF_OPTIONS: ") == 4);
    } else if (strcmp(way, "strict_mistake") == 0) {
        subject = run_subject("find", "mode=strict:limt=3");
        EXPECT(12, subject->code == 2);
        EXPECT(13, subject->out[0] == '\0' && times_in(subject->error, "limt") == 1 && lines_in(subject->error) == 1);
    } else if (strcmp(way, "strict_later") == 0) {
        subject = run_subject("find", "limt=3:mode=strict");
        EXPECT(12, subject->code == 2 && subject->out[0] == '\0');
    } else if (strcmp(way, "help") == 0) {
        static const char *const KEYS[] = {"mode=", "log_path=", "stack_depth=", "limit=", "exitcode=", "shared_pollers=", "verify=", "verbosity=", "identity=",
                                           "help=", "inherited-poller=", "phantom-event=", "forkproof-internal="};
        subject = run_subject("find", "help=1:limit=7");
        for (size_t place = 0; place < sizeof KEYS / sizeof *KEYS; place++)
            EXPECT(12, strstr(subject->error, KEYS[place]) != NULL);
        EXPECT(13, subject->code == 0 && strcmp(subject->out, "main\n") == 0);
        EXPECT(14, strstr(subject->error, "limit=7") != NULL);
        EXPECT(15, times_in(subject->error, "forkproof[") == lines_in(subject->error));
    } else if (strcmp(way, "disable") == 0) {
        subject = run_subject("wakes", "log_path=records");
        EXPECT(12, subject->code == 41);
        before_exec = kill_switch;
        subject = run_subject("wakes", "log_path=records:mode=strict:help=1:nonsense");
        EXPECT(13, subject->code == 40);
        EXPECT(14, subject->error[0] == '\0' && access("records", F_OK) == -1);
    } else if (strcmp(way, "disable_zero") == 0) {
        before_exec = no_kill_switch;
        subject = run_subject("wakes", "log_path=records");
        EXPECT(12, subject->code == 41);
    } else if (strcmp(way, "empty") == 0) {
        subject = run_subject("wakes", "");
        EXPECT(12, subject->code == 41 && lines_in(subject->error) == 1);
        subject = run_subject("wakes", NULL);
        EXPECT(13, subject->code == 41 && lines_in(subject->error) == 1);
        subject = run_subject("wakes", ":: : log_path=records :");
        EXPECT(14, subject->code == 41 && lines_in(subject->error) == 1 && lines_in(subject->log) == 1);
    } else if (strcmp(way, "greeting") == 0) {
        subject = run_subject("wakes", "verbosity=1");
        EXPECT(12, lines_in(subject->error) == 2 && subject->code == 41);
    } else {
        static char options[6000];
        memset(options, ':', sizeof options - 1);
        memcpy(options, "mode=observe", 12);
        subject = run_subject("wakes", options);
        EXPECT(12, times_in(subject->error, "FORKPROOF_OPTIONS: ") == 1);
        EXPECT(13, subject->code == 41);
    }
    return 0;
}
