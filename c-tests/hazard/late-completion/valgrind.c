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

static bool is(const char *way, const char *name) { return strcmp(way, name) == 0; }

static void *lands(void *arg) {
    await_subject();
    SETUP(raw_write(*(int *)arg, "x", 1) == 1);
    return NULL;
}

static const long OPENS[] = {SYS_openat}, FUTEX[] = {SYS_futex};

static void *lets_go(void *path) {
    await_subject();
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
    gai_cancel(block);
    free(block);
    is_given_back = true;
    /* No thread but this one and those that sleep after their work. */
    while (!some_thread_is_in(FUTEX, 1))
        sched_yield();
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
    free(block);
    is_given_back = true;
    pthread_join(thread, NULL);
    /* The one that libc's thread sleeps in after its work, when what it wrote has been seen. */
    while (!some_thread_is_in(FUTEX, 1))
        sched_yield();
    return 0;
}

int main(int argc, char **argv) {
    SETUP(argc >= 2);
    if (argc == 3)
        return subject_of_valgrind(argv[1]);
    execlp("valgrind", "valgrind", "-q", "--error-exitcode=55", "--fair-sched=yes", "--run-libc-freeres=no", argv[0], argv[1], "inside", NULL);
    SKIP("no valgrind here");
}
