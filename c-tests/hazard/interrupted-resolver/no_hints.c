/* Calls that take the same lock and do not say AI_ADDRCONFIG: getaddrinfo with no hints, and one with two answers,
 * which have to be sorted (RFC 6724).
 *
 * ways: null_hints two_answers
 * bare: exit 142
 * guarded vanished-threads=off resolver_wait_ms=0: exit 0; interrupted-resolver repaired call=getaddrinfo x1
 * may skip: needs a seccomp listener
 */
#include "hang.h"
#include "resolver.h"

static const struct addrinfo PLAIN = {.ai_socktype = SOCK_STREAM};
static const char *way;

static int child(void *none) {
    struct addrinfo *list = NULL;
    (void)none;
    if (strcmp(way, "null_hints") == 0)
        CHECK(21, getaddrinfo("localhost", NULL, NULL, &list) == 0);
    else
        CHECK(22, getaddrinfo(NULL, "80", &PLAIN, &list) == 0 && list->ai_next != NULL);
    freeaddrinfo(list);
    return child_resolves(NULL);
}

int main(int argc, char **argv) {
    struct parked parked;
    SETUP(argc == 2);
    way = argv[1];
    park_in_getaddrinfo(&parked);
    struct kid kid = start(PLAIN_FORK, child, NULL);
    ended(&kid);
    let_go(&parked);
    return 0;
}
