/* A semaphore of value 1 around getaddrinfo, as CPython has its locks, taken at the fork by a thread that is inside:
 * it can be taken in the child.
 *
 * ways: fork
 * bare: exit 142
 * guarded vanished-threads=off resolver_wait_ms=0: exit 0; interrupted-resolver repaired call=sem_wait x1
 * guarded vanished-threads=off resolver_wait_ms=0 resolver_heal=0: exit 0; interrupted-resolver repaired call=sem_wait x1, interrupted-resolver reported call=getaddrinfo x1
 * guarded vanished-threads=off resolver_wait_ms=0 resolver_locks=0: exit 142; orphaned-lock reported call=sem_wait x1
 * guarded vanished-threads=off interrupted-resolver=off: exit 142; orphaned-lock reported call=sem_wait x1
 * may skip: needs a seccomp listener
 */
#include "hang.h"
#include <semaphore.h>

static sem_t lock;
#define SET_UP_LOCK SETUP(sem_init(&lock, 0, 1) == 0)
#define LOCK sem_wait(&lock)
#define TRY sem_trywait(&lock)
#define UNLOCK sem_post(&lock)
#include "lock_around.h"
