/* A thread that lets another out of getaddrinfo when a third waits for that at its fork: no sooner, so that the wait
 * is seen, and at once when there is no wait. */
#ifndef GATE_H
#define GATE_H

#include "asleep.h"
#include "resolver.h"
#include <stdatomic.h>

static struct parked in_getaddrinfo;
static volatile pid_t forking_thread; /* 0 until it is about to fork */
static _Atomic bool forked;
static pthread_t director;

static void *direct(void *none) {
    while (!forked && (forking_thread == 0 || !rests(forking_thread)))
        sched_yield();
    let_go(&in_getaddrinfo);
    return none;
}

/* The calling thread forks next. */
static MAYBE_UNUSED void let_go_at_fork(void) {
    SETUP(pthread_create(&director, NULL, direct, NULL) == 0);
    forking_thread = (pid_t)raw_call(SYS_gettid);
}

static MAYBE_UNUSED void has_forked(void) {
    forked = true;
    SETUP(pthread_join(director, NULL) == 0);
}

#endif
