/* What a record says: which lock it was, in which module; which thread had it, its name, and the function it was in;
 * how long fork waited; and the same for a lock of the program's.
 *
 * ways: libc_lock own_lock gate
 * bare: exit 12
 * guarded: exit 0; nothing
 * stderr: not compared
 * may skip: needs a seccomp listener
 */
#include "hang.h"
#include "gate.h"
#include "subject.h"

static pthread_mutex_t own_mutex = PTHREAD_MUTEX_INITIALIZER;

static void named_lookup(void) {
    SETUP(pthread_setname_np(pthread_self(), "asks names") == 0);
    SETUP(pthread_mutex_lock(&own_mutex) == 0);
    resolve();
    SETUP(pthread_mutex_unlock(&own_mutex) == 0);
}

static int child_locks(void *none) {
    (void)none;
    CHECK(30, pthread_mutex_lock(&own_mutex) == 0);
    return 0;
}

static void subject(kid_main *child, bool goes) {
    learn_answer();
    park(&in_getaddrinfo, SYS_socket, at_netlink, named_lookup);
    say("holder %d\n", (int)in_getaddrinfo.id);
    if (goes)
        let_go_at_fork();
    struct kid kid = start(PLAIN_FORK, child, NULL);
    if (goes)
        has_forked();
    ended(&kid);
    if (!goes)
        let_go(&in_getaddrinfo);
}
static void libc_lock(void) { subject(child_resolves, false); }
static void own_lock(void) { subject(child_locks, false); }
static void gate(void) { subject(child_resolves, true); }

/* The first record of the call. */
static const char *record_of(const char *log, const char *call) {
    static char line[4096];
    for (const char *at = log; *at; at = strchr(at, '\n') + 1) {
        size_t size = (size_t)(strchr(at, '\n') - at);
        if (size >= sizeof line)
            size = sizeof line - 1;
        memcpy(line, at, size);
        line[size] = '\0';
        if (text_is(line, "call", call))
            return line;
    }
    return "";
}

/* As the subject says. */
static long long holder(struct subject *subject) {
    const char *said = strstr(subject->out, "holder ");
    return said ? atoll(said + strlen("holder ")) : -1;
}

int main(int argc, char **argv) {
    static const struct role ROLES[] = {{"libc_lock", libc_lock}, {"own_lock", own_lock}, {"gate", gate}};
    subject_main(argc, argv, ROLES);
    SETUP(argc == 2);
    const char *way = argv[1];
    struct subject *subject;
    if (strcmp(way, "gate") == 0) {
        subject = run_subject(way, "log_path=records:vanished-threads=off:resolver_wait_ms=10000");
        if (subject->code == 77)
            SKIP("no seccomp listener here");
        const char *record = record_of(subject->log, "fork");
        CHECK(12, *record != '\0');
        EXPECT(13, subject->code == 0 && lines_in(subject->log) == 1);
        EXPECT(14, text_is(record, "slug", "interrupted-resolver") && text_is(record, "outcome", "repaired"));
        EXPECT(15, number_in(record, "waited_us") > 0 && number_in(record, "waited_us") < 10000000);
        EXPECT(16, number_in(record, "holder") == holder(subject));
        EXPECT(17, text_is(record, "holder_name", "asks names") && text_is(record, "holder_at", "getaddrinfo"));
        return 0;
    }
    subject = run_subject(way, "log_path=records:vanished-threads=off:resolver_wait_ms=30");
    if (subject->code == 77)
        SKIP("no seccomp listener here");
    bool own = strcmp(way, "own_lock") == 0;
    const char *record = record_of(subject->log, own ? "pthread_mutex_lock" : "getaddrinfo");
    if (*record == '\0')
        failed(12, "no record", __FILE__, __LINE__);
    EXPECT(18, subject->code == 0 && lines_in(subject->log) == 2);
    EXPECT(19, text_is(record, "slug", "interrupted-resolver") && text_is(record, "outcome", "repaired"));
    EXPECT(20, number_in(record, "holder") == holder(subject));
    EXPECT(21, text_is(record, "holder_name", "asks names") && text_is(record, "holder_at", "getaddrinfo"));
    EXPECT(22, strstr(record, own ? "\"lock\":\"record+0x" : "\"lock\":\"libc.so.6+0x") != NULL);
    record = record_of(subject->log, "fork");
    EXPECT(23, text_is(record, "outcome", "reported") && number_in(record, "waited_us") >= 30000);
    EXPECT(24, text_is(record, "holder_name", "asks names") && text_is(record, "holder_at", "getaddrinfo"));
    return 0;
}
