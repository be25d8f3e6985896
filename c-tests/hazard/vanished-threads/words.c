/* The finding names the threads that the child lacks, on stderr and in the log, and where it was forked. The first
 * thread is one of them if another forks.
 *
 * ways: others first
 * bare: exit 12
 * guarded: exit 0; nothing
 * stderr: not compared
 */
#include "locks.h"
#include "subject.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void be_one(void) { SETUP(prctl(PR_SET_NAME, "worker-one") == 0); }
static void be_other(void) { SETUP(prctl(PR_SET_NAME, "worker-other") == 0); }

static int lock_it(void *none) {
    (void)none;
    SETUP(pthread_mutex_lock(&mutex) == 0);
    return 0;
}

static void others(void) {
    struct keeper one, other;
    keep(&one, be_one);
    keep(&other, be_other);
    struct kid kid = start(PLAIN_FORK, lock_it, NULL);
    quit(code_from(&kid));
}

static int fork_it(void *none) {
    SETUP(prctl(PR_SET_NAME, "forker") == 0);
    struct kid kid = start(PLAIN_FORK, lock_it, none);
    return code_from(&kid);
}
static void first(void) {
    SETUP(prctl(PR_SET_NAME, "the-first") == 0);
    quit(elsewhere(fork_it, NULL));
}

int main(int argc, char **argv) {
    static const struct role ROLES[] = {{"others", others}, {"first", first}};
    subject_main(argc, argv, ROLES);
    SETUP(argc == 2);
    struct subject *subject = run_subject(argv[1], "log_path=records");
    EXPECT(12, lines_in(subject->log) == 1 && text_is(subject->log, "slug", "vanished-threads"));
    EXPECT(13, subject->code == 0 && text_is(subject->log, "outcome", "reported") && text_is(subject->log, "call", "pthread_mutex_lock"));
    EXPECT(14, strstr(subject->log, "\"forked_at\":\"words+0x") != NULL && strstr(subject->error, "vanished-threads: ") != NULL);
    if (strcmp(argv[1], "others") == 0) {
        EXPECT(15, strstr(subject->error, "worker-one") != NULL && strstr(subject->error, "worker-other") != NULL);
        EXPECT(16, strstr(subject->log, "worker-one") != NULL && strstr(subject->log, "worker-other") != NULL);
    } else {
        EXPECT(17, strstr(subject->error, "the-first") != NULL && strstr(subject->error, "forker") == NULL);
        EXPECT(18, strstr(subject->log, "the-first") != NULL);
    }
    return 0;
}
