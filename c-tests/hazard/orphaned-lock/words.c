/* What the finding says of the lock and of who held it: the lock by module and offset, or by its address where it is in
 * no module; the vanished thread's number, name, and where it began; the call. On stderr the same for people.
 *
 * ways: report repair poison die
 * bare: exit 12
 * guarded: exit 0; nothing
 * stderr: not compared
 */
#include "locks.h"
#include "subject.h"

static pthread_mutex_t in_module = PTHREAD_MUTEX_INITIALIZER, *on_heap;
static sem_t semaphore;
static struct keeper keeper;

static void take(void) {
    SETUP(prctl(PR_SET_NAME, "a \"b\"\\") == 0);
    SETUP(pthread_mutex_lock(&in_module) == 0 && pthread_mutex_lock(on_heap) == 0 && sem_wait(&semaphore) == 0);
}

static int ask(void *none) {
    (void)none;
    pthread_mutex_trylock(&in_module);
    pthread_mutex_timedlock(on_heap, &LONG_AGO);
    sem_trywait(&semaphore);
    return 0;
}

static void vanish(void) {
    char text[64];
    on_heap = malloc(sizeof *on_heap);
    SETUP(on_heap != NULL && sem_init(&semaphore, 0, 1) == 0);
    make_mutex(on_heap, NORMAL);
    keep(&keeper, take);
    snprintf(text, sizeof text, "%d %lx\n", (int)keeper.id, (unsigned long)(uintptr_t)on_heap);
    SETUP(raw_write(1, text, strlen(text)) > 0);
    struct kid kid = start(PLAIN_FORK, ask, NULL);
    quit(code_from(&kid));
}

int main(int argc, char **argv) {
    static const struct role ROLES[] = {{"vanish", vanish}};
    static const char *const OUTCOMES[][2] = {{"report", "reported"}, {"repair", "repaired"}, {"poison", "poisoned"}, {"die", "died"}};
    static const char *const CALLS[] = {"pthread_mutex_trylock", "pthread_mutex_timedlock", "sem_trywait"};
    subject_main(argc, argv, ROLES);
    SETUP(argc == 2);
    const char *outcome = NULL;
    for (int place = 0; place < 4; place++) {
        if (strcmp(argv[1], OUTCOMES[place][0]) == 0)
            outcome = OUTCOMES[place][1];
    }
    SETUP(outcome != NULL);
    char options[128], address[64];
    int count = strcmp(argv[1], "die") == 0 ? 1 : 3, holder;
    unsigned long heap;
    snprintf(options, sizeof options, "log_path=records:vanished-threads=off:orphaned-lock=%s", argv[1]);
    struct subject *subject = run_subject("vanish", options);
    EXPECT(12, lines_in(subject->log) == count && lines_in(subject->error) == count);
    SETUP(sscanf(subject->out, "%d %lx", &holder, &heap) == 2);
    snprintf(address, sizeof address, "\"lock\":\"0x%lx\"", heap);
    const char *record = subject->log, *line = subject->error;
    for (int place = 0; place < count; place++) {
        char one[4096], words[1024];
        snprintf(one, sizeof one, "%.*s", (int)(strchr(record, '\n') - record), record);
        snprintf(words, sizeof words, "%.*s", (int)(strchr(line, '\n') - line), line);
        EXPECT(13, text_is(one, "slug", "orphaned-lock") && text_is(one, "action", argv[1]) && text_is(one, "outcome", outcome));
        EXPECT(14, text_is(one, "call", CALLS[place]) && number_in(one, "holder") == holder && number_in(one, "waited_us") == 0);
        EXPECT(15, text_is(one, "holder_name", "a \\\"b\\\"\\\\") && strstr(one, "\"holder_at\":\"words+0x") != NULL);
        EXPECT(16, strstr(one, place == 1 ? address : "\"lock\":\"words+0x") != NULL);
        EXPECT(17, strstr(words, "orphaned-lock: ") != NULL && strstr(words, CALLS[place]) != NULL);
        record = strchr(record, '\n') + 1;
        line = strchr(line, '\n') + 1;
    }
    return 0;
}
