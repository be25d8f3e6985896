/* A thread is inside getaddrinfo at the fork, in the netlink round trip of AI_ADDRCONFIG, for which libc holds a lock.
 * A child that looks something up waits for that lock for ever; here it is freed, and the answer is right.
 *
 * ways: all
 * bare: exit 142
 * guarded vanished-threads=off resolver_wait_ms=0: exit 0; interrupted-resolver repaired call=getaddrinfo x1
 * may skip: needs a seccomp listener
 */
#include "hang.h"
#include "resolver.h"

int main(int argc, char **argv) {
    struct parked parked;
    const struct way *way = which_way(argc, argv);
    park_in_getaddrinfo(&parked);
    struct kid kid = start(way, child_resolves, NULL);
    ended(&kid);
    let_go(&parked);
    return 0;
}
