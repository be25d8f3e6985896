/* The same without any filter: the file of the time zone is a FIFO nobody has opened for writing. Also that a child
 * which calls several functions is mended once, and that its own child needs nothing more.
 *
 * ways: fork _Fork asm
 * bare: exit 142
 * guarded vanished-threads=off: exit 0; interrupted-resolver repaired x1
 */
#include "hang.h"
#include "asleep.h"
#include "timezone.h"

static const long OPENS[] = {SYS_openat};
static volatile pid_t reader;

static void *read_fifo(void *none) {
    reader = (pid_t)raw_call(SYS_gettid);
    tzset();
    return none;
}

static int childs_child(void *none) {
    (void)none;
    struct tm tm;
    CHECK(21, is_that_time(gmtime_r(&A_TIME, &tm)));
    return 0;
}

static int child(void *none) {
    (void)none;
    struct tm tm;
    CHECK(22, is_that_time(gmtime_r(&A_TIME, &tm)));
    CHECK(23, timegm(&tm) == A_TIME);
    CHECK(24, is_that_time(localtime_r(&A_TIME, &tm)));
    struct kid kid = start(PLAIN_FORK, childs_child, NULL);
    ended(&kid);
    return 0;
}

int main(int argc, char **argv) {
    pthread_t thread;
    char zone[4096] = ":";
    const struct way *way = which_way(argc, argv);
    SETUP(setenv("TZ", "UTC0", 1) == 0);
    tzset();
    SETUP(getcwd(zone + 1, sizeof zone - 16) != NULL);
    strcat(zone, "/zone");
    unlink("zone");
    SETUP(mkfifo("zone", 0600) == 0 && setenv("TZ", zone, 1) == 0);
    SETUP(pthread_create(&thread, NULL, read_fifo, NULL) == 0);
    while (reader == 0)
        sched_yield();
    await_sleep(reader, OPENS, 1);
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    int end = open("zone", O_WRONLY | O_CLOEXEC);
    SETUP(end != -1 && close(end) == 0 && pthread_join(thread, NULL) == 0);
    return 0;
}
