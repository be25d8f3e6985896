/* A child whose parent has a thread besides calls something that is not async-signal-safe (signal-safety(7)), here each
 * of the kinds that we look at, and twice. It comes to no harm this time; it is said, once.
 *
 * ways: mutex_lock mutex_trylock mutex_timedlock rwlock_rdlock rwlock_trywrlock cond_destroy sem_wait pthread_create getaddrinfo gethostbyname getpwuid localtime mktime dl_iterate_phdr dlopen setlocale setenv syslog exit atexit
 * bare: exit 0
 * guarded: exit 0; vanished-threads reported x1
 * guarded vanished-threads=off: exit 0; nothing
 * guarded mode=observe: exit 0; vanished-threads reported x1
 */
#include "locks.h"
#include <dlfcn.h>
#include <link.h>
#include <locale.h>
#include <netdb.h>
#include <pwd.h>
#include <syslog.h>
#undef exit

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static sem_t semaphore;
static time_t moment;
static struct tm broken_down = {.tm_year = 100, .tm_mday = 1};

static void *nothing(void *none) { return none; }
static void do_nothing(void) {}
static int no_object(struct dl_phdr_info *info, size_t size, void *none) {
    (void)info;
    (void)size;
    (void)none;
    return 1;
}

static void do_mutex_lock(void) { SETUP(pthread_mutex_lock(&mutex) == 0 && pthread_mutex_unlock(&mutex) == 0); }
static void do_mutex_trylock(void) { SETUP(pthread_mutex_trylock(&mutex) == 0 && pthread_mutex_unlock(&mutex) == 0); }
static void do_mutex_timedlock(void) { SETUP(pthread_mutex_timedlock(&mutex, &LONG_AGO) == 0 && pthread_mutex_unlock(&mutex) == 0); }
static void do_rwlock_rdlock(void) { SETUP(pthread_rwlock_rdlock(&rwlock) == 0 && pthread_rwlock_unlock(&rwlock) == 0); }
static void do_rwlock_trywrlock(void) { SETUP(pthread_rwlock_trywrlock(&rwlock) == 0 && pthread_rwlock_unlock(&rwlock) == 0); }
static void do_cond_destroy(void) { SETUP(pthread_cond_destroy(&condition) == 0 && pthread_cond_init(&condition, NULL) == 0); }
static void do_sem_wait(void) { SETUP(sem_wait(&semaphore) == 0 && sem_post(&semaphore) == 0); }
static void do_pthread_create(void) {
    pthread_t thread;
    SETUP(pthread_create(&thread, NULL, nothing, NULL) == 0 && pthread_join(thread, NULL) == 0);
}
static void do_getaddrinfo(void) {
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST}, *list;
    SETUP(getaddrinfo("127.0.0.1", NULL, &hints, &list) == 0);
    freeaddrinfo(list);
}
static void do_gethostbyname(void) { SETUP(gethostbyname("127.0.0.1") != NULL); }
static void do_getpwuid(void) { getpwuid(0); }
static void do_localtime(void) { SETUP(localtime(&moment) != NULL); }
static void do_mktime(void) { SETUP(mktime(&broken_down) != -1); }
static void do_dl_iterate_phdr(void) { SETUP(dl_iterate_phdr(no_object, NULL) == 1); }
static void do_dlopen(void) {
    void *handle = dlopen("libc.so.6", RTLD_NOW);
    SETUP(handle != NULL && dlclose(handle) == 0);
}
static void do_setlocale(void) { SETUP(setlocale(LC_ALL, "C") != NULL); }
static void do_setenv(void) { SETUP(setenv("KEY", "value", 1) == 0); }
static void do_syslog(void) { syslog(LOG_DEBUG, "forkproof's test %s", __FILE__); }
static void do_exit(void) { exit(0); }
static void do_atexit(void) { SETUP(atexit(do_nothing) == 0); }

#define CALL(name) {#name, do_##name}
static const struct {
    const char *name;
    void (*call)(void);
} CALLS[] = {CALL(mutex_lock),    CALL(mutex_trylock), CALL(mutex_timedlock), CALL(rwlock_rdlock), CALL(rwlock_trywrlock),
             CALL(cond_destroy),  CALL(sem_wait),      CALL(pthread_create),  CALL(getaddrinfo),   CALL(gethostbyname),
             CALL(getpwuid),      CALL(localtime),     CALL(mktime),          CALL(dl_iterate_phdr), CALL(dlopen),
             CALL(setlocale),     CALL(setenv),        CALL(syslog),          CALL(exit),          CALL(atexit)};

static int child(void *name) {
    for (size_t place = 0; place < sizeof CALLS / sizeof *CALLS; place++) {
        if (strcmp(CALLS[place].name, name) == 0) {
            CALLS[place].call();
            CALLS[place].call();
            return 0;
        }
    }
    return 99;
}

static void be_there(void) {}

int main(int argc, char **argv) {
    struct keeper keeper;
    SETUP(argc == 2 && sem_init(&semaphore, 0, 1) == 0);
    keep(&keeper, be_there);
    struct kid kid = start(PLAIN_FORK, child, argv[1]);
    ended(&kid);
    let_end(&keeper);
    return 0;
}
