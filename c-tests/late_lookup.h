/* A lookup of getaddrinfo_a whose thread is parked in the middle of it: the thread that asks has a seccomp filter, and the
 * helper thread that libc makes for it has the same (seccomp(2)). */
#ifndef LATE_LOOKUP_H
#define LATE_LOOKUP_H

#include "late.h"
#include "parked.h"
#include <netinet/in.h>

struct lookup {
    struct parked parked;
    struct gaicb *block;
};

static struct gaicb *asked_about[2];
static bool volatile has_asked; /* and holds no lock of libc's any more */

static bool at_netlink(const struct seccomp_data *call) { return call->args[0] == AF_NETLINK; }

/* Runs in the thread that asks, which lives as long as the process: no answer of a listener's is missed. */
static void ask_and_stay(void) {
    SETUP(getaddrinfo_a(GAI_NOWAIT, asked_about, 1, NULL) == 0);
    has_asked = true;
    await_fault();
}

/* Asks about localhost; returns when libc's helper thread sleeps in the middle of it. */
static MAYBE_UNUSED void begin(struct lookup *lookup) {
    lookup->block = own_page();
    *lookup->block = (struct gaicb){.ar_name = "localhost"};
    asked_about[0] = lookup->block;
    park(&lookup->parked, SYS_socket, at_netlink, ask_and_stay);
    while (!has_asked)
        sched_yield();
}

static MAYBE_UNUSED void *goes_on_when_awaited(void *arg) {
    struct lookup *lookup = arg;
    await_subject();
    answer(&lookup->parked, lookup->parked.call);
    sleeps(&lookup->parked, at_none);
    return NULL;
}

#endif
