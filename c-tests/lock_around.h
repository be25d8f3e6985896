/* The idiom of programs that have been told that the resolver is not thread-safe: a lock around getaddrinfo. A thread is in
 * there at the fork, waiting for nothing of libc's; a child that takes the lock waits for ever. A test defines LOCK,
 * TRY and UNLOCK, each with 0 for success. */
#ifndef LOCK_AROUND_H
#define LOCK_AROUND_H

#include "hang.h"
#include "resolver.h"
#include <nss.h>

/* No lock of libc's is held while this reads its file. */
static const struct addrinfo QUIET = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
static char quiet_answer[256];

static bool at_hosts(const struct seccomp_data *call) { return opens(call, "/etc/hosts"); }

static void locked_lookup(void) {
    char text[sizeof quiet_answer];
    CHECK(20, LOCK == 0);
    look_up("localhost", &QUIET, text, sizeof text);
    CHECK(21, strcmp(text, quiet_answer) == 0);
    CHECK(22, UNLOCK == 0);
}

static int child(void *none) {
    (void)none;
    locked_lookup();
    CHECK(23, TRY == 0);
    CHECK(24, TRY != 0); /* it is a lock as before */
    CHECK(25, UNLOCK == 0);
    locked_lookup();
    return 0;
}

int main(int argc, char **argv) {
    struct parked parked;
    const struct way *way = which_way(argc, argv);
    SETUP(__nss_configure_lookup("hosts", "files") == 0);
    look_up("localhost", &QUIET, quiet_answer, sizeof quiet_answer);
    SETUP(strncmp(quiet_answer, "0 ", 2) == 0);
    SET_UP_LOCK;
    park(&parked, SYS_openat, at_hosts, locked_lookup);
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    let_go(&parked);
    locked_lookup(); /* the parent's is its own */
    return 0;
}

#endif
