/* The other functions guarded by locks of libc's that fork does not reset: times, environment, locales, loaded objects,
 * the system log, exit. With right and with wrong arguments: the same answers and the same errno.
 *
 * ways: fresh forked child grown
 * bare: exit 43
 * guarded: exit 43; nothing
 * bare differs: no
 */
#include "loaded.h"
#include "transcript.h"
#include <locale.h>
#include <syslog.h>
#undef exit

static void show(const struct tm *tm) {
    if (tm)
        say("  %d-%d-%d %d:%d:%d %d %d %d\n", tm->tm_year, tm->tm_mon, tm->tm_mday, tm->tm_hour, tm->tm_min, tm->tm_sec, tm->tm_wday,
            tm->tm_yday, tm->tm_isdst);
}

#define TIME(call) \
    do { \
        struct tm *tm_; \
        T((tm_ = (call)) != NULL); \
        show(tm_); \
    } while (0)

static void times_of(const char *zone) {
    static const time_t TIMES[] = {0, 34401906, -1, 1720000000, INT64_MAX, INT64_MIN};
    struct tm tm;
    char text[64];
    say("TZ %s\n", zone);
    SETUP(setenv("TZ", zone, 1) == 0);
    tzset();
    say("  %s %s %ld %d\n", tzname[0], tzname[1], timezone, daylight);
    for (size_t place = 0; place < sizeof TIMES / sizeof *TIMES; place++) {
        time_t time = TIMES[place];
        TIME(localtime(&time));
        TIME(gmtime(&time));
        TIME(localtime_r(&time, &tm));
        TIME(gmtime_r(&time, &tm));
        const char *as_text;
        T((as_text = ctime(&time)) != NULL);
        T((as_text = ctime_r(&time, text)) != NULL);
        say("  %s", as_text ? as_text : "none\n");
    }
    localtime_r(&TIMES[3], &tm);
    T(mktime(&tm));
    T(timelocal(&tm));
    T(timegm(&tm));
    T(strftime(text, sizeof text, "%F %T %Z %z %s", &tm));
    say("  %s\n", text);
    T(strftime(text, 3, "%F", &tm));
    tm.tm_year = 99999999;
    tm.tm_mon = INT32_MAX;
    T(mktime(&tm));
    show(&tm);
}

static void environment(void) {
    static char pair[] = "FORKPROOF_TEST_PAIR=pair", nothing[] = "FORKPROOF_TEST_NOTHING", empty[] = "=";
    T(setenv("FORKPROOF_TEST", "one", 1));
    T(setenv("FORKPROOF_TEST", "two", 0));
    say("  %s\n", getenv("FORKPROOF_TEST"));
    T(setenv("", "x", 1));
    T(setenv("a=b", "x", 1));
    T(setenv(NULL, "x", 1));
    T(unsetenv("FORKPROOF_TEST"));
    T(unsetenv("FORKPROOF_TEST"));
    T(unsetenv("a=b"));
    T(unsetenv(""));
    T(getenv("FORKPROOF_TEST") == NULL);
    T(putenv(pair));
    T(getenv("FORKPROOF_TEST_PAIR") == strchr(pair, '=') + 1);
    T(putenv(nothing));
    T(putenv(empty));
    T(clearenv());
    T(environ == NULL);
    T(getenv("PATH") == NULL);
    T(setenv("PATH", "/bin:/usr/bin", 1));
}

static void locales(void) {
    const char *name;
    locale_t one, copy;
    T((name = setlocale(LC_ALL, NULL)) != NULL);
    say("  %s\n", name);
    T((name = setlocale(LC_ALL, "POSIX")) != NULL);
    say("  %s\n", name);
    T((name = setlocale(LC_CTYPE, "C.UTF-8")) != NULL);
    T((name = setlocale(LC_ALL, NULL)) != NULL);
    say("  %s\n", name);
    T(setlocale(LC_ALL, "xx_FORKPROOF") != NULL);
    T(setlocale(77, "C") != NULL);
    T(setlocale(LC_ALL, "LC_CTYPE=C;nonsense") != NULL);
    T((one = newlocale(LC_CTYPE_MASK, "C.UTF-8", NULL)) != NULL);
    T((copy = duplocale(one)) != NULL);
    T(newlocale(1 << 30, "C", NULL) != NULL);
    T(newlocale(LC_ALL_MASK, NULL, NULL) != NULL);
    T(newlocale(LC_ALL_MASK, "xx_FORKPROOF", NULL) != NULL);
    freelocale(copy);
    if (one)
        freelocale(one);
    T(setlocale(LC_ALL, "C") != NULL);
}

static int stop_at_third(struct dl_phdr_info *info, size_t size, void *count) {
    (void)info;
    return ++*(int *)count == 3 ? (int)size : 0;
}

static void objects_loaded(void) {
    void *object;
    int count = objects();
    T((object = dlopen("libm.so.6", RTLD_NOW | RTLD_LOCAL)) != NULL);
    T(objects() - count);
    T(dlsym(object, "cos") != NULL);
    T(dlclose(object));
    T(objects() - count);
    T(dlopen("/no/such/object.so", RTLD_NOW) != NULL);
    T(dlerror() != NULL);
    T(dlopen("libm.so.6", 0) != NULL);
    T(dlerror() != NULL);
    T((object = dlopen(NULL, RTLD_NOW)) != NULL);
    T(dlclose(object));
    T((object = dlmopen(LM_ID_NEWLM, "libm.so.6", RTLD_NOW)) != NULL);
    T(object ? dlclose(object) : -1);
    T(dlmopen(LM_ID_NEWLM, "/no/such/object.so", RTLD_NOW) != NULL);
    T(dl_iterate_phdr(stop_at_third, &(int){0}));
}

static void system_log(void) {
    openlog("forkproof", LOG_PERROR, LOG_USER);
    SETUP(raw_dup3(1, 2, 0) == 2); /* where LOG_PERROR writes */
    errno = ENOENT;
    syslog(LOG_DEBUG, "a message with %d and %m", 1);
    syslog(0x7fff0000, "one of no such facility");
    T(setlogmask(LOG_UPTO(LOG_ERR)));
    syslog(LOG_DEBUG, "masked");
    closelog();
}

static void last(void) { say("last\n"); }
static void on_last(int status, void *arg) { say("with %d %s\n", status, (char *)arg); }

static int run(void *none) {
    (void)none;
    times_of("UTC0");
    times_of("CET-1CEST,M3.5.0,M10.5.0/3");
    times_of(":/no/such/zone");
    times_of("");
    objects_loaded();
    locales();
    environment();
    system_log();
    T(atexit(last));
    T(on_exit(on_last, "and"));
    T(atexit(last));
    exit(43);
}

int main(int argc, char **argv) { return in_the_way(argc, argv, run); }
