/* However many findings there are, the log accounts for each: 1 + held_back, summed over the records of a process, is
 * the number of findings. For each limit, for a process that exits, one that is killed (its last tenfold count is
 * written), and for two children that count apart.
 *
 * ways: few many unlimited one two_children killed
 * bare: exit 12
 * guarded: exit 0; nothing
 * stderr: not compared
 */
#include "subject.h"
#undef exit

/* exit(3), not _exit(2): what is held back is said at the end. */
static int find_and_exit(void *none) {
    find_child(none);
    exit(0);
}

static int find_and_die(void *none) {
    find_child(none);
    raise(SIGKILL);
    return 0;
}

static void run(int count, kid_main *end, int children) {
    make_loops(count);
    for (int place = 0; place < children; place++) {
        struct kid kid = start(PLAIN_FORK, end, NULL);
        code_from(&kid);
    }
}

static void exits(void) { run(137, find_and_exit, 1); }
static void exits_twice(void) { run(137, find_and_exit, 2); }
static void killed(void) { run(137, find_and_die, 1); }
static void few(void) { run(4, find_and_exit, 1); }

static int64_t sum(const char *log) {
    int64_t sum = 0;
    for (const char *at = log; *at; at = strchr(at, '\n') + 1)
        sum += 1 + number_in(at, "held_back");
    return sum;
}

int main(int argc, char **argv) {
    static const struct role ROLES[] = {{"exits", exits}, {"exits_twice", exits_twice}, {"killed", killed}, {"few", few}};
    subject_main(argc, argv, ROLES);
    SETUP(argc == 2);
    struct subject *subject;
    if (strcmp(argv[1], "few") == 0) {
        subject = run_subject("few", "log_path=records");
        EXPECT(12, lines_in(subject->log) == 4);
        EXPECT(13, lines_in(subject->error) == 4 && times_in(subject->error, "held back") == 0);
        EXPECT(14, sum(subject->log) == 4);
    } else if (strcmp(argv[1], "many") == 0) {
        subject = run_subject("exits", "log_path=records");
        EXPECT(12, lines_in(subject->log) == 22); /* 20, the 100th, and the last word */
        EXPECT(13, lines_in(subject->error) == 22);
        EXPECT(14, sum(subject->log) == 137);
        EXPECT(15, times_in(subject->error, "held back") == 2);
    } else if (strcmp(argv[1], "unlimited") == 0) {
        subject = run_subject("exits", "log_path=records:limit=0");
        EXPECT(12, lines_in(subject->log) == 137 && lines_in(subject->error) == 137);
        EXPECT(14, sum(subject->log) == 137);
    } else if (strcmp(argv[1], "one") == 0) {
        subject = run_subject("exits", "log_path=records:limit=1");
        EXPECT(12, lines_in(subject->log) == 4); /* 1st, 10th, 100th, the last word */
        EXPECT(14, sum(subject->log) == 137);
    } else if (strcmp(argv[1], "two_children") == 0) {
        subject = run_subject("exits_twice", "log_path=records:limit=5");
        EXPECT(12, lines_in(subject->log) == 2 * 8); /* 5, 10th, 100th, the last word */
        EXPECT(14, sum(subject->log) == 2 * 137);
    } else {
        subject = run_subject("killed", "log_path=records:limit=5");
        EXPECT(12, lines_in(subject->log) == 7);
        EXPECT(14, sum(subject->log) == 100);
    }
    return 0;
}
