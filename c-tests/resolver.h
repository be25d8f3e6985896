/* The lookup that hangs children of stock programs, and a thread parked in the middle of it.
 *
 * getaddrinfo with AI_ADDRCONFIG, or with no hints at all, asks the kernel over netlink which addresses there are, and
 * holds a static lock of libc's meanwhile (sysdeps/unix/sysv/linux/check_pf.c), which fork does not reset. */
#ifndef RESOLVER_H
#define RESOLVER_H

#include "hang.h"
#include "parked.h"
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

static const struct addrinfo ADDRCONFIG = {.ai_flags = AI_ADDRCONFIG, .ai_socktype = SOCK_STREAM};

/* What getaddrinfo says of `name`, as text. */
static MAYBE_UNUSED void look_up(const char *name, const struct addrinfo *hints, char *text, size_t room) {
    struct addrinfo *list = NULL;
    int error = getaddrinfo(name, NULL, hints, &list);
    size_t size = (size_t)snprintf(text, room, "%d", error);
    for (struct addrinfo *one = error ? NULL : list; one; one = one->ai_next) {
        char host[INET6_ADDRSTRLEN] = "";
        const void *address = one->ai_family == AF_INET6 ? (void *)&((struct sockaddr_in6 *)(void *)one->ai_addr)->sin6_addr
                                                         : (void *)&((struct sockaddr_in *)(void *)one->ai_addr)->sin_addr;
        inet_ntop(one->ai_family, address, host, sizeof host);
        size += (size_t)snprintf(text + size, room - size, " %s", host);
        SETUP(size < room);
    }
    if (error == 0)
        freeaddrinfo(list);
}

/* What a process with one thread is told about localhost. */
static char right_answer[512];

static MAYBE_UNUSED void learn_answer(void) {
    look_up("localhost", &ADDRCONFIG, right_answer, sizeof right_answer);
    SETUP(strncmp(right_answer, "0 ", 2) == 0);
}

static MAYBE_UNUSED bool answers_right(void) {
    char text[sizeof right_answer];
    look_up("localhost", &ADDRCONFIG, text, sizeof text);
    return strcmp(text, right_answer) == 0;
}

static bool volatile is_inside; /* a thread is between call and return */

static MAYBE_UNUSED void resolve(void) {
    is_inside = true;
    CHECK(50, answers_right());
    is_inside = false;
}

static MAYBE_UNUSED bool at_netlink(const struct seccomp_data *call) { return call->args[0] == AF_NETLINK; }

/* A thread sleeps inside getaddrinfo and holds the lock. */
static MAYBE_UNUSED void park_in_getaddrinfo(struct parked *parked) {
    if (right_answer[0] == '\0')
        learn_answer();
    park(parked, SYS_socket, at_netlink, resolve);
}

/* A child that looks up the same, twice: a lock that was freed is a lock again. */
static MAYBE_UNUSED int child_resolves(void *none) {
    (void)none;
    CHECK(51, answers_right());
    CHECK(52, answers_right());
    return 0;
}

static MAYBE_UNUSED void *thread_resolves(void *none) {
    child_resolves(NULL);
    return none;
}

/* The same from a thread that the child makes. */
static MAYBE_UNUSED int childs_thread_resolves(void *none) {
    (void)none;
    pthread_t thread;
    CHECK(53, pthread_create(&thread, NULL, thread_resolves, NULL) == 0);
    CHECK(54, pthread_join(thread, NULL) == 0);
    return child_resolves(NULL);
}

#endif
