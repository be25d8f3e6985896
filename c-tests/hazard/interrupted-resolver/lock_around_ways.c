/* The mutex around getaddrinfo, by several ways to fork.
 *
 * ways: fork _Fork SYS_clone3 asm thread grandchild
 * bare: exit 142
 * guarded vanished-threads=off resolver_wait_ms=0: exit 0; interrupted-resolver repaired call=pthread_mutex_lock x1
 * may skip: needs a seccomp listener
 */
#include "hang.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
#define SET_UP_LOCK (void)0
#define LOCK pthread_mutex_lock(&lock)
#define TRY pthread_mutex_trylock(&lock)
#define UNLOCK pthread_mutex_unlock(&lock)
#include "lock_around.h"
