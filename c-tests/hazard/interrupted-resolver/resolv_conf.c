/* A thread reads /etc/resolv.conf, as the first lookup of a process does, and those after a change of the file; libc
 * holds a lock meanwhile (resolv/resolv_conf.c). A slow disk is enough for that to last. Then every lookup of a child
 * hangs: six of them are tried.
 *
 * ways: fork
 * bare: exit 142
 * guarded vanished-threads=off resolver_wait_ms=0: exit 0; interrupted-resolver repaired x6
 * guarded vanished-threads=off: exit 0; interrupted-resolver reported call=fork x6, interrupted-resolver repaired x6
 * may skip: needs a seccomp listener
 */
#include "hang.h"
#include "resolver.h"
#include <nss.h>
#include <resolv.h>

static const char *const WAYS_TO_ASK[] = {"getaddrinfo", "gethostbyname_r", "gethostbyaddr_r",
                                          "getnameinfo", "res_init",        "res_search"};
static const char *way;

static void call(void) {
    static const struct addrinfo PLAIN = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct hostent host, *found = NULL;
    char buffer[4096];
    int error;
    if (strcmp(way, "getaddrinfo") == 0) {
        look_up("localhost", &PLAIN, buffer, sizeof buffer);
        CHECK(21, strncmp(buffer, "0 127.", 6) == 0);
    } else if (strcmp(way, "gethostbyname_r") == 0) {
        CHECK(22, gethostbyname_r("localhost", &host, buffer, sizeof buffer, &found, &error) == 0 && found != NULL);
    } else if (strcmp(way, "gethostbyaddr_r") == 0) {
        const struct in_addr *number = &address.sin_addr;
        CHECK(23, gethostbyaddr_r(number, sizeof *number, AF_INET, &host, buffer, sizeof buffer, &found, &error) == 0);
        CHECK(24, found != NULL);
    } else if (strcmp(way, "getnameinfo") == 0) {
        CHECK(25, getnameinfo((void *)&address, sizeof address, buffer, sizeof buffer, NULL, 0, 0) == 0);
    } else if (strcmp(way, "res_init") == 0) {
        CHECK(26, res_init() == 0);
    } else {
        unsigned char answer[512];
        CHECK(27, res_search("", ns_c_in, ns_t_a, answer, -1) == -1); /* no room, so nothing is asked */
    }
}

static bool at_file(const struct seccomp_data *call) { return opens(call, "/etc/resolv.conf"); }

static int child(void *none) {
    (void)none;
    call();
    call();
    return 0;
}

static int run(int place) {
    struct parked parked;
    way = WAYS_TO_ASK[place];
    park(&parked, SYS_openat, at_file, call);
    struct kid kid = start(PLAIN_FORK, child, NULL);
    int code = code_from(&kid);
    if (code != 0) {
        line_to(2, "%s: the child ended with %d\n", way, code);
        return code;
    }
    let_go(&parked);
    return 0;
}

int main(void) {
    SETUP(__nss_configure_lookup("hosts", "files") == 0);
    return all_alike(sizeof WAYS_TO_ASK / sizeof *WAYS_TO_ASK, run);
}
