/* A thread stays inside getaddrinfo. A fork waits for it as long as resolver_wait_ms says, and says so; the next
 * fork does not wait for that call again; when the thread has come out and is inside another call, it does.
 *
 * ways: none
 * bare: exit 12
 * guarded vanished-threads=off resolver_wait_ms=3000: exit 0; interrupted-resolver reported call=fork
 * may skip: needs a seccomp listener
 */
#include "hang.h"
#include "resolver.h"

static int child(void *none) {
    (void)none;
    return 0;
}

static int64_t time_of_fork(void) {
    int64_t begun = now_ms();
    struct kid kid = start(PLAIN_FORK, child, NULL);
    int64_t took = now_ms() - begun;
    ended(&kid);
    return took;
}

static void resolve_twice(void) {
    resolve();
    resolve();
}

int main(void) {
    struct parked parked;
    learn_answer();
    park(&parked, SYS_socket, at_netlink, resolve_twice);
    int64_t first = time_of_fork(), second = time_of_fork(), third = time_of_fork();
    CHECK(12, first >= 2900);
    CHECK(13, first < 8000);
    CHECK(14, second < 1500 && third < 1500);
    SETUP(go_on(&parked));
    CHECK(15, time_of_fork() >= 2900);
    CHECK(16, time_of_fork() < 1500);
    let_go(&parked);
    CHECK(17, time_of_fork() < 1500);
    return 0;
}
