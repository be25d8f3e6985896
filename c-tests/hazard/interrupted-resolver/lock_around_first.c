/* The child's first touch of the lock is not the plain one: it tries, waits with a limit, or asks for a read lock. Each
 * finds a lock that nobody holds; and none takes a lock away from a thread of the child's own.
 *
 * ways: trylock timedlock clocklock trywrlock timedwrlock tryrdlock rdlock trywait timedwait
 * bare: exit 12
 * guarded vanished-threads=off resolver_wait_ms=0: exit 0; interrupted-resolver repaired x1
 * may skip: needs a seccomp listener
 */
#include "hang.h"
#include "resolver.h"
#include <nss.h>

static const struct addrinfo QUIET = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static sem_t sem;
static const char *way;

static bool at_hosts(const struct seccomp_data *call) { return opens(call, "/etc/hosts"); }

static void locked_lookup(void) {
    char text[256];
    CHECK(1, pthread_mutex_lock(&mutex) == 0 && pthread_rwlock_wrlock(&rwlock) == 0 && sem_wait(&sem) == 0);
    look_up("localhost", &QUIET, text, sizeof text);
    CHECK(2, pthread_mutex_unlock(&mutex) == 0 && pthread_rwlock_unlock(&rwlock) == 0 && sem_post(&sem) == 0);
}

/* The call, and its opposite; 0 if both succeeded. */
static int take(void) {
    struct timespec soon, at;
    SETUP(clock_gettime(CLOCK_REALTIME, &soon) == 0 && clock_gettime(CLOCK_MONOTONIC, &at) == 0);
    soon.tv_sec += 1;
    at.tv_sec += 1;
    if (strcmp(way, "trylock") == 0)
        return pthread_mutex_trylock(&mutex) || pthread_mutex_unlock(&mutex);
    if (strcmp(way, "timedlock") == 0)
        return pthread_mutex_timedlock(&mutex, &soon) || pthread_mutex_unlock(&mutex);
    if (strcmp(way, "clocklock") == 0)
        return pthread_mutex_clocklock(&mutex, CLOCK_MONOTONIC, &at) || pthread_mutex_unlock(&mutex);
    if (strcmp(way, "trywrlock") == 0)
        return pthread_rwlock_trywrlock(&rwlock) || pthread_rwlock_unlock(&rwlock);
    if (strcmp(way, "timedwrlock") == 0)
        return pthread_rwlock_timedwrlock(&rwlock, &soon) || pthread_rwlock_unlock(&rwlock);
    if (strcmp(way, "tryrdlock") == 0)
        return pthread_rwlock_tryrdlock(&rwlock) || pthread_rwlock_unlock(&rwlock);
    if (strcmp(way, "rdlock") == 0)
        return pthread_rwlock_timedrdlock(&rwlock, &soon) || pthread_rwlock_unlock(&rwlock);
    if (strcmp(way, "trywait") == 0)
        return sem_trywait(&sem) || sem_post(&sem);
    return sem_timedwait(&sem, &soon) || sem_post(&sem);
}

static int held[2], release_it[2];

static void *hold(void *none) {
    CHECK(21, pthread_mutex_lock(&mutex) == 0 && pthread_rwlock_wrlock(&rwlock) == 0 && sem_wait(&sem) == 0);
    tell(held[1]);
    await(release_it[0]);
    CHECK(22, pthread_mutex_unlock(&mutex) == 0 && pthread_rwlock_unlock(&rwlock) == 0 && sem_post(&sem) == 0);
    return none;
}

static int child(void *none) {
    (void)none;
    CHECK(12, take() == 0);
    CHECK(23, take() == 0);
    return 0;
}

/* One is free, and the others are as they were: this child is about locks of its own threads. */
static int child_with_thread(void *none) {
    (void)none;
    pthread_t thread;
    SETUP(pthread_mutex_init(&mutex, NULL) == 0 && pthread_rwlock_init(&rwlock, NULL) == 0 && sem_init(&sem, 0, 1) == 0);
    SETUP(pthread_create(&thread, NULL, hold, NULL) == 0);
    await(held[0]);
    CHECK(24, take() != 0);
    tell(release_it[1]);
    SETUP(pthread_join(thread, NULL) == 0);
    CHECK(25, take() == 0);
    return 0;
}

int main(int argc, char **argv) {
    struct parked parked;
    SETUP(argc == 2 && sem_init(&sem, 0, 1) == 0 && pipe(held) == 0 && pipe(release_it) == 0);
    way = argv[1];
    SETUP(__nss_configure_lookup("hosts", "files") == 0);
    locked_lookup();
    park(&parked, SYS_openat, at_hosts, locked_lookup);
    struct kid kid = start(PLAIN_FORK, child, NULL);
    ended(&kid);
    kid = start(PLAIN_FORK, child_with_thread, NULL);
    ended(&kid);
    let_go(&parked);
    return 0;
}
