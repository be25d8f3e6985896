/* The same as aio_cancel and gai_cancel with blocks of malloc's, under valgrind, which sees libc's helper thread write to
 * what was freed: it ends with 55 then.
 *
 * ways: aio_cancel aio_cancel_all close lio gai_cancel
 * bare: exit 55
 * guarded cancel_wait_ms=20000: exit 0; late-completion repaired x1
 * guarded late-completion=report: exit 55; late-completion reported x1
 * may skip: needs valgrind
 * stderr: not compared
 */
#include "late.h"
#include <sys/uio.h>

static bool is(const char *way, const char *name) { return strcmp(way, name) == 0; }

static const long OPENS[] = {SYS_openat}, PAUSES[] = {SYS_nanosleep};

/* As await_subject, but under valgrind a thread sleeps for other reasons too, so that is asked only where the cancel is to
 * wait. Too early is no harm there, while bare the hazard would not come. */
static void await_pause(void) {
    const char *options = getenv("FORKPROOF_OPTIONS");
    bool waits = options != NULL && strstr(options, "cancel_wait_ms") != NULL;
    while (!is_given_back && !(waits && is_asleep(subject, PAUSES, 1)))
        sched_yield();
}

/* Until libc's thread has written the outcome. The kernel reads the word: valgrind would take a look of ours for the
 * hazard, where the block is freed. */
static void await_outcome(const int *code, int under_way) {
    int now = under_way;
    struct iovec to = {&now, sizeof now}, from = {(void *)(uintptr_t)code, sizeof now};
    while (now == under_way) {
        SETUP(process_vm_readv(getpid(), &to, 1, &from, 1, 0) == sizeof now);
        sched_yield();
    }
}

static void *lands(void *arg) {
    await_pause();
    SETUP(raw_write(*(int *)arg, "x", 1) == 1);
    return NULL;
}

static void *lets_go(void *path) {
    await_pause();
    for (;;) /* libc looks there more than once */
        SETUP(raw_close((int)raw_call(SYS_openat, AT_FDCWD, path, O_WRONLY)) == 0);
    return NULL;
}

/* A name without dots is first looked for among the user's aliases (hostname(7)): the file is a pipe that nobody has
 * opened yet. What the servers say afterwards does not matter. */
static int lookup_of_valgrind(void) {
    char path[] = "aliases";
    unlink(path);
    SETUP(mkfifo(path, 0600) == 0);
    setenv("HOSTALIASES", path, 1);
    setenv("RES_OPTIONS", "timeout:1 attempts:1", 1);
    struct gaicb *block = calloc(1, sizeof *block), *list[] = {block};
    *block = (struct gaicb){.ar_name = "no-such-name"};
    SETUP(getaddrinfo_a(GAI_NOWAIT, list, 1, NULL) == 0);
    while (!some_thread_is_in(OPENS, 1))
        sched_yield();
    watch(lets_go, path);
    const int *volatile code = &block->__return;
    gai_cancel(block);
    free(block);
    is_given_back = true;
    await_outcome(code, EAI_INPROGRESS);
    return 0;
}

static int subject_of_valgrind(const char *way) {
    int ends[2];
    char byte;
    if (is(way, "gai_cancel"))
        return lookup_of_valgrind();
    SETUP(raw_call(SYS_pipe2, ends, O_CLOEXEC) == 0);
    struct aiocb *block = malloc(sizeof *block), *list[] = {block};
    *block = reading(ends[0], &byte, 1);
    SETUP((is(way, "lio") ? lio_listio(LIO_NOWAIT, list, 1, NULL) : aio_read(block)) == 0);
    while (!some_thread_reads())
        sched_yield();
    pthread_t thread = watch(lands, &ends[1]);
    if (is(way, "close"))
        close(ends[0]);
    else
        aio_cancel(ends[0], is(way, "aio_cancel_all") ? NULL : block);
    const int *volatile code = &block->__error_code;
    free(block);
    is_given_back = true;
    pthread_join(thread, NULL);
    await_outcome(code, EINPROGRESS);
    return 0;
}

int main(int argc, char **argv) {
    SETUP(argc >= 2);
    if (argc == 3)
        return subject_of_valgrind(argv[1]);
    execlp("valgrind", "valgrind", "-q", "--error-exitcode=55", "--fair-sched=yes", "--run-libc-freeres=no", argv[0], argv[1], "inside", NULL);
    SKIP("no valgrind here");
}
