/* A program that looks names up through an NSS module (nss_module.lib.c), in which it can do as it likes: block,
 * fork, end the thread, jump out. libc loads the module as it loads any, by the name that nsswitch.conf(5) makes
 * of the service's; for that the program needs no root. The Makefile links programs called nss_* accordingly. */
#ifndef NSS_MODULE_H
#define NSS_MODULE_H

#include "check.h"
#include <netdb.h>
#include <nss.h>

/* What the module looks for in the program. */
void in_nss_module(const char *name);
int nss_module_locks;
pthread_mutex_t *lock_of_nss_module;

static void (*in_module)(const char *name);

void in_nss_module(const char *name) {
    if (in_module)
        in_module(name);
}

/* From now on names are looked up there, and nowhere else. */
static MAYBE_UNUSED void use_nss_module(void) { SETUP(__nss_configure_lookup("hosts", "forkproof") == 0); }

/* No AI_ADDRCONFIG: no lock of libc's is held while the module runs. */
static MAYBE_UNUSED bool module_answers(const char *name) {
    static const struct addrinfo PLAIN = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    char host[64] = "";
    if (getaddrinfo(name, NULL, &PLAIN, &list) != 0)
        return false;
    bool right = getnameinfo(list->ai_addr, list->ai_addrlen, host, sizeof host, NULL, 0, NI_NUMERICHOST) == 0 &&
                 strcmp(host, "192.0.2.1") == 0 && list->ai_next == NULL;
    freeaddrinfo(list);
    return right;
}

#endif
