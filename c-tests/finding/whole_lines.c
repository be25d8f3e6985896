/* Four processes write to one log, and to one stderr, at once: no line is torn, none is lost, none is longer than
 * PIPE_BUF. With the longest names a program can have.
 *
 * ways: none
 * bare: exit 12
 * guarded: exit 0; nothing
 * stderr: not compared
 */
#include "subject.h"
#include <limits.h>

enum { WRITERS = 4, EACH = 100 };

static int write_many(void *none) {
    (void)none;
    SETUP(prctl(PR_SET_NAME, "\x01\x02\x03\x04\x05\"\"\"\"\"\\\\\\\\\\") == 0);
    tell(up);
    await(up);
    for (int place = 0; place < EACH; place++)
        SETUP(ready(find_loops[place]) >= 0);
    return 0;
}

static void all(void) {
    struct kid kids[WRITERS];
    make_loops(EACH);
    for (int place = 0; place < WRITERS; place++)
        kids[place] = start(PLAIN_FORK, write_many, NULL);
    for (int place = 0; place < WRITERS; place++)
        await(kids[place].line);
    for (int place = 0; place < WRITERS; place++)
        tell(kids[place].line);
    for (int place = 0; place < WRITERS; place++)
        ended(&kids[place]);
}

int main(int argc, char **argv) {
    static const struct role ROLES[] = {{"all", all}};
    subject_main(argc, argv, ROLES);
    struct subject *subject = run_subject("all", "log_path=records:limit=0");
    EXPECT(12, lines_in(subject->log) == WRITERS * EACH);
    EXPECT(13, subject->code == 0);
    read_all("records", subject->log, sizeof subject->log); /* the stacks too */
    EXPECT(21, lines_in(subject->log) > WRITERS * EACH);
    for (char *line = subject->log, *end; *line; line = end + 1) {
        end = strchr(line, '\n');
        EXPECT(14, end != NULL);
        *end = '\0';
        EXPECT(15, end - line < PIPE_BUF);
        EXPECT(16, strncmp(line, "{\"v\":1,", 7) == 0 && end[-1] == '}');
        EXPECT(17, times_in(line, "\"kind\":") == 1 && times_in(line, "\"text\":") + times_in(line, "\"frames\":") == 1);
        EXPECT(18, strpbrk(line, "\x01\x02\x03\x04\x05\x1b") == NULL);
    }
    EXPECT(19, lines_in(subject->error) == WRITERS * EACH);
    for (char *line = subject->error, *end; *line; line = end + 1) {
        end = strchr(line, '\n');
        *end = '\0';
        EXPECT(20, strncmp(line, "forkproof[", 10) == 0 && times_in(line, "forkproof[") == 1);
    }
    return 0;
}
