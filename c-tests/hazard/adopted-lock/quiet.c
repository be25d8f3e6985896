/* An adopted lock is nobody's fault, and mended without doubt: nothing on stderr, also when it is a hundred locks or
 * the program asks for words; one record in the log for the first,
 * the tenth and the hundredth; and a strict run keeps its own status. Reported, it is a finding
 * like any other, and `die` ends the child.
 *
 * ways: repair hundred atfork strict report observe die
 * bare: exit 12
 * guarded: exit 0; nothing
 * stderr: not compared
 */
#include "locks.h"
#include "subject.h"

enum { MOST = 100 };
static pthread_mutex_t mutexes[MOST];

static int give_back(void *count) {
    for (int place = 0; place < *(int *)count; place++)
        SETUP(pthread_mutex_unlock(&mutexes[place]) == 0);
    return 0;
}

static void hold(int count) {
    for (int place = 0; place < count; place++) {
        make_mutex(&mutexes[place], RECURSIVE);
        SETUP(pthread_mutex_lock(&mutexes[place]) == 0);
    }
    struct kid kid = start(PLAIN_FORK, give_back, &count);
    quit(code_from(&kid));
}
static void hold_one(void) { hold(1); }
static void hold_hundred(void) { hold(MOST); }

static void take_it(void) { SETUP(pthread_mutex_lock(&mutexes[0]) == 0); }
static void give_it(void) { SETUP(pthread_mutex_unlock(&mutexes[0]) == 0); }
static int nothing_more(void *none) {
    (void)none;
    return 0;
}
static void with_atfork(void) {
    make_mutex(&mutexes[0], ERRORCHECK);
    SETUP(pthread_atfork(take_it, give_it, give_it) == 0);
    struct kid kid = start(PLAIN_FORK, nothing_more, NULL);
    quit(code_from(&kid));
}

int main(int argc, char **argv) {
    static const struct role ROLES[] = {{"one", hold_one}, {"hundred", hold_hundred}, {"atfork", with_atfork}};
    subject_main(argc, argv, ROLES);
    SETUP(argc == 2);
    static const struct {
        const char *way, *role, *options, *outcome;
        int code, lines, records;
    } RUNS[] = {
        {"repair", "one", "log_path=records", "repaired", 0, 0, 1},
        {"hundred", "hundred", "log_path=records:limit=0", "repaired", 0, 0, 3},
        {"atfork", "atfork", "log_path=records:mode=strict", "repaired", 0, 0, 1},
        {"strict", "one", "log_path=records:mode=strict", "repaired", 0, 0, 1},
        {"report", "one", "log_path=records:adopted-lock=report", "reported", 99, 1, 1},
        {"observe", "one", "log_path=records:mode=observe", "reported", 99, 1, 1},
        {"die", "one", "log_path=records:adopted-lock=die:exitcode=9", "died", 9, 1, 1},
    };
    for (size_t place = 0; place < sizeof RUNS / sizeof *RUNS; place++) {
        if (strcmp(argv[1], RUNS[place].way) != 0)
            continue;
        struct subject *subject = run_subject(RUNS[place].role, RUNS[place].options);
        EXPECT(12, lines_in(subject->log) == RUNS[place].records && text_is(subject->log, "slug", "adopted-lock"));
        EXPECT(13, text_is(subject->log, "outcome", RUNS[place].outcome) && text_is(subject->log, "call", "pthread_mutex_unlock"));
        EXPECT(14, times_in(subject->error, "forkproof[") == RUNS[place].lines);
        EXPECT(15, subject->code == RUNS[place].code && (subject->code != 0 || subject->error[0] == '\0'));
        return 0;
    }
    quit(99);
}
