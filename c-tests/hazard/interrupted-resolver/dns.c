/* A thread waits for the answer of a name server that gives none, inside gethostbyname, which holds its lock all the
 * while: seconds, not microseconds. No fork can wait that long; the child's gethostbyname hangs bare. getaddrinfo holds no
 * lock then, and needs no mending.
 *
 * ways: gethostbyname
 * bare: exit 142
 * guarded vanished-threads=off: exit 0; interrupted-resolver reported call=fork x1, interrupted-resolver repaired call=gethostbyname x1
 */
#include "hang.h"
#include "resolver.h"
#include <nss.h>
#include <resolv.h>

static struct sockaddr_in server = {.sin_family = AF_INET};

static void *ask_server(void *none) {
    SETUP(res_init() == 0); /* _res is the thread's own */
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    _res.nsaddr_list[0] = server;
    _res.nscount = 1;
    _res.retrans = 300;
    gethostbyname("silence.test.");
    quit(98);
    return none;
}

static int child(void *none) {
    CHECK(21, child_resolves(none) == 0);
    struct hostent *host = gethostbyname("localhost");
    CHECK(22, host != NULL && host->h_addrtype == AF_INET && host->h_addr_list[0][0] == 127);
    return 0;
}

int main(void) {
    pthread_t thread;
    char question[512];
    socklen_t size = sizeof server;
    int udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    SETUP(udp != -1 && bind(udp, (void *)&server, sizeof server) == 0 && getsockname(udp, (void *)&server, &size) == 0);
    SETUP(__nss_configure_lookup("hosts", "files dns") == 0);
    learn_answer();
    SETUP(pthread_create(&thread, NULL, ask_server, NULL) == 0);
    SETUP(recv(udp, question, sizeof question, 0) > 0);
    struct kid kid = start(PLAIN_FORK, child, NULL);
    ended(&kid);
    return 0;
}
