/* An NSS module with a mutex of its own, as nss_ldap has, held while it asks its server. A thread is in there at
 * the fork, and every lookup of a child hangs. Here the mutex is free in the child, whatever its type.
 *
 * ways: normal recursive errorcheck adaptive
 * bare: exit 142
 * guarded vanished-threads=off: exit 0; interrupted-resolver reported call=fork x1, interrupted-resolver repaired call=pthread_mutex_lock x1
 * guarded vanished-threads=off resolver_wait_ms=0 resolver_heal=0: exit 0; interrupted-resolver repaired call=pthread_mutex_lock x1, interrupted-resolver reported call=getaddrinfo x1
 * guarded vanished-threads=off resolver_wait_ms=0 resolver_locks=0: exit 142; orphaned-lock reported call=pthread_mutex_lock x1
 */
#include "hang.h"
#include "nss_module.h"

static int inside[2], answered[2];

static void ask_server(const char *name) {
    if (strcmp(name, "slow.test") == 0) {
        tell(inside[1]);
        await(answered[0]);
    }
}

static void *resolve(void *none) {
    CHECK(20, module_answers("slow.test"));
    return none;
}

static int child(void *none) {
    (void)none;
    CHECK(21, module_answers("quick.test"));
    CHECK(22, module_answers("quick.test"));
    CHECK(23, pthread_mutex_trylock(lock_of_nss_module) == 0);
    return 0;
}

int main(int argc, char **argv) {
    pthread_t thread;
    pthread_mutexattr_t kind;
    SETUP(argc == 2 && pipe(inside) == 0 && pipe(answered) == 0);
    use_nss_module();
    in_module = ask_server;
    SETUP(module_answers("quick.test") && lock_of_nss_module != NULL);
    SETUP(pthread_mutexattr_init(&kind) == 0);
    SETUP(pthread_mutexattr_settype(&kind, strcmp(argv[1], "recursive") == 0    ? PTHREAD_MUTEX_RECURSIVE
                                           : strcmp(argv[1], "errorcheck") == 0 ? PTHREAD_MUTEX_ERRORCHECK
                                           : strcmp(argv[1], "adaptive") == 0   ? PTHREAD_MUTEX_ADAPTIVE_NP
                                                                                : PTHREAD_MUTEX_NORMAL) == 0);
    SETUP(pthread_mutex_init(lock_of_nss_module, &kind) == 0);
    nss_module_locks = 1;
    SETUP(pthread_create(&thread, NULL, resolve, NULL) == 0);
    await(inside[0]);
    struct kid kid = start(PLAIN_FORK, child, NULL);
    ended(&kid);
    tell(answered[1]);
    SETUP(pthread_join(thread, NULL) == 0);
    return 0;
}
