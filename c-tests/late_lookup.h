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

static MAYBE_UNUSED void *interrupts_wait(void *none) {
    static const long FUTEX[] = {SYS_futex};
    await_sleep(subject, FUTEX, 1);
    raw_call(SYS_tgkill, raw_getpid(), subject, SIGUSR1);
    return none;
}

static MAYBE_UNUSED void goes_nowhere(int number) { (void)number; }

/* A lookup under way, and waits for it that do not end well; then it goes on. */
static MAYBE_UNUSED int lookups(void *none) {
    (void)none;
    static struct lookup lookup;
    const struct timespec soon = {0, 20 * 1000 * 1000};
    struct sigaction action = {.sa_handler = goes_nowhere};
    SETUP(sigaction(SIGUSR1, &action, NULL) == 0);
    begin(&lookup);
    const struct gaicb *list[] = {NULL, lookup.block};
    CHECK(21, gai_error(lookup.block) == EAI_INPROGRESS);
    int late = gai_suspend(list, 2, &soon);
    CHECK(22, late == EAI_SYSTEM || late == EAI_AGAIN); /* glibc 2.36, and what its manual says */
    pthread_t thread = watch(interrupts_wait, NULL);
    CHECK(23, gai_suspend(list, 2, NULL) == EAI_INTR);
    SETUP(pthread_join(thread, NULL) == 0);
    is_given_back = false;
    watch(goes_on_when_awaited, &lookup);
    CHECK(24, gai_suspend(list, 2, NULL) == 0);
    CHECK(25, gai_error(lookup.block) == 0 && lookup.block->ar_result != NULL);
    CHECK(26, gai_cancel(lookup.block) == EAI_ALLDONE && gai_suspend(list, 2, NULL) == EAI_ALLDONE);
    return 0;
}

#endif
