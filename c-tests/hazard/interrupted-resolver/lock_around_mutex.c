/* A mutex around getaddrinfo, held at the fork by a thread that is inside: free in the child, and a mutex still.
 *
 * ways: fork
 * bare: exit 142
 * guarded vanished-threads=off resolver_wait_ms=0: exit 0; interrupted-resolver repaired call=pthread_mutex_lock x1
 * guarded vanished-threads=off resolver_wait_ms=0 resolver_heal=0: exit 0; interrupted-resolver repaired call=pthread_mutex_lock x1, interrupted-resolver reported call=getaddrinfo x1
 * guarded vanished-threads=off resolver_wait_ms=0 resolver_locks=0: exit 142; orphaned-lock reported call=pthread_mutex_lock x1
 * guarded vanished-threads=off interrupted-resolver=off: exit 142; orphaned-lock reported call=pthread_mutex_lock x1
 * may skip: needs a seccomp listener
 */
#include "hang.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
#define SET_UP_LOCK (void)0
#define LOCK pthread_mutex_lock(&lock)
#define TRY pthread_mutex_trylock(&lock)
#define UNLOCK pthread_mutex_unlock(&lock)
#include "lock_around.h"
