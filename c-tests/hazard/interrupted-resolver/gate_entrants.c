/* While a fork waits for a thread to come out of getaddrinfo, another one comes: it holds a mutex of the program's, as
 * programs do around their lookups, and waits for the fork before it goes in. So the child finds nobody inside, and
 * the mutex free; and in the parent the lookup is answered.
 *
 * ways: fork
 * bare: exit 12
 * guarded vanished-threads=off resolver_wait_ms=10000: exit 0; interrupted-resolver repaired call=fork x1, interrupted-resolver repaired call=pthread_mutex_lock x1
 * may skip: needs a seccomp listener
 */
#include "hang.h"
#include "gate.h"

static pthread_mutex_t around = PTHREAD_MUTEX_INITIALIZER;
static volatile pid_t entrant;
static _Atomic bool entrant_is_through;

/* A numeric address: nothing on the way sleeps, so that who sleeps is kept out. */
static void *enter(void *none) {
    static const struct addrinfo NUMERIC = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM};
    char text[64];
    while (!forked && (forking_thread == 0 || !rests(forking_thread)))
        sched_yield();
    CHECK(1, pthread_mutex_lock(&around) == 0);
    entrant = (pid_t)raw_call(SYS_gettid);
    look_up("192.0.2.7", &NUMERIC, text, sizeof text);
    CHECK(2, strcmp(text, "0 192.0.2.7") == 0);
    entrant_is_through = true;
    CHECK(3, pthread_mutex_unlock(&around) == 0);
    return none;
}

static void *let_go_later(void *none) {
    while (!forked && (entrant == 0 || (!entrant_is_through && !rests(entrant))))
        sched_yield();
    let_go(&in_getaddrinfo);
    return none;
}

static int child(void *none) {
    (void)none;
    CHECK(12, !is_inside);
    CHECK(13, !entrant_is_through);
    CHECK(14, pthread_mutex_lock(&around) == 0);
    CHECK(15, answers_right());
    CHECK(16, pthread_mutex_unlock(&around) == 0);
    return 0;
}

int main(void) {
    pthread_t threads[2];
    park_in_getaddrinfo(&in_getaddrinfo);
    SETUP(pthread_create(&threads[0], NULL, enter, NULL) == 0 && pthread_create(&threads[1], NULL, let_go_later, NULL) == 0);
    forking_thread = (pid_t)raw_call(SYS_gettid);
    struct kid kid = start(PLAIN_FORK, child, NULL);
    forked = true;
    SETUP(pthread_join(threads[0], NULL) == 0 && pthread_join(threads[1], NULL) == 0);
    CHECK(17, entrant_is_through);
    ended(&kid);
    return 0;
}
