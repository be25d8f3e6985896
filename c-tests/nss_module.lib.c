/* An NSS module, as directory services bring one: its functions run inside getaddrinfo. It answers every name with
 * 192.0.2.1 (RFC 5737), after it has called back into the program; if asked to, under a mutex of its own. nss_module.h is the program's side. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <nss.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

extern void in_nss_module(const char *name);
extern int nss_module_locks;
extern pthread_mutex_t *lock_of_nss_module;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void lend_lock(void) { lock_of_nss_module = &lock; }

static void look_up(const char *name) {
    int locks = nss_module_locks;
    if (locks)
        pthread_mutex_lock(&lock);
    in_nss_module(name);
    if (locks)
        pthread_mutex_unlock(&lock);
}

enum nss_status _nss_forkproof_gethostbyname4_r(const char *name, struct gaih_addrtuple **answer, char *buffer, size_t size,
                                                int *error, int *host_error, int32_t *seconds) {
    size_t length = strlen(name) + 1, place = (length + 15) & ~(size_t)15;
    look_up(name);
    if (size < place + sizeof **answer) {
        *error = ERANGE;
        *host_error = NETDB_INTERNAL;
        return NSS_STATUS_TRYAGAIN;
    }
    memcpy(buffer, name, length);
    struct gaih_addrtuple *tuple = *answer ? *answer : (void *)(buffer + place);
    *tuple = (struct gaih_addrtuple){.name = buffer, .family = AF_INET, .addr = {inet_addr("192.0.2.1")}};
    *answer = tuple;
    *error = 0;
    *host_error = 0;
    if (seconds)
        *seconds = 0;
    return NSS_STATUS_SUCCESS;
}
