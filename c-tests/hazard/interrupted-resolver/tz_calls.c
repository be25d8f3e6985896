/* Each function that takes the lock of the time zone: as the first thing a child does, and in a thread that the child
 * has made, while the first thread waits for that.
 *
 * ways: child thread
 * bare: exit 142
 * guarded vanished-threads=off: exit 0; interrupted-resolver repaired x10
 * may skip: needs a seccomp listener
 */
#include "hang.h"
#include "timezone.h"

static const char *const NAMES[] = {"localtime", "localtime_r", "gmtime",  "gmtime_r", "mktime",
                                    "timegm",    "ctime",       "ctime_r", "strftime", "tzset"};
static const char *name;
static bool from_thread;

static void *call(void *none) {
    static const char AS_TEXT[] = "Wed Feb  3 04:05:06 1971\n";
    struct tm tm = {.tm_year = 71, .tm_mon = 1, .tm_mday = 3, .tm_hour = 4, .tm_min = 5, .tm_sec = 6};
    char text[64];
    for (int count = 0; count < 2; count++) {
        if (strcmp(name, "localtime") == 0)
            CHECK(21, is_that_time(localtime(&A_TIME)));
        else if (strcmp(name, "localtime_r") == 0)
            CHECK(22, is_that_time(localtime_r(&A_TIME, &tm)));
        else if (strcmp(name, "gmtime") == 0)
            CHECK(23, is_that_time(gmtime(&A_TIME)));
        else if (strcmp(name, "gmtime_r") == 0)
            CHECK(24, is_that_time(gmtime_r(&A_TIME, &tm)));
        else if (strcmp(name, "mktime") == 0)
            CHECK(25, mktime(&tm) == A_TIME);
        else if (strcmp(name, "timegm") == 0)
            CHECK(26, timegm(&tm) == A_TIME);
        else if (strcmp(name, "ctime") == 0)
            CHECK(27, strcmp(ctime(&A_TIME), AS_TEXT) == 0);
        else if (strcmp(name, "ctime_r") == 0)
            CHECK(28, strcmp(ctime_r(&A_TIME, text), AS_TEXT) == 0);
        else if (strcmp(name, "strftime") == 0)
            CHECK(29, strftime(text, sizeof text, "%H:%M:%S in [%Z]", &tm) > 12 && strncmp(text, "04:05:06", 8) == 0);
        else
            tzset();
    }
    return none;
}

static int child(void *none) {
    pthread_t thread;
    if (!from_thread)
        call(none);
    else
        CHECK(30, pthread_create(&thread, NULL, call, NULL) == 0 && pthread_join(thread, NULL) == 0);
    return 0;
}

static int run(int place) {
    struct parked parked;
    name = NAMES[place];
    park_in_tzset(&parked);
    struct kid kid = start(PLAIN_FORK, child, NULL);
    int code = code_from(&kid);
    if (code != 0) {
        line_to(2, "%s: the child ended with %d\n", name, code);
        return code;
    }
    let_go(&parked);
    return 0;
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    from_thread = strcmp(argv[1], "thread") == 0;
    return all_alike(sizeof NAMES / sizeof *NAMES, run);
}
