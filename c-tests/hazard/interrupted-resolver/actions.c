/* What each setting does about a thread that never leaves getaddrinfo, and a child that calls it. By default fork
 * waits for the thread, in vain, says so, and the child's lock is freed. Where nothing may be changed fork does not
 * wait and the child hangs as it does bare, but has said why; no setting makes it hang without a word, except `off`.
 *
 * ways: fork
 * bare: exit 142
 * guarded vanished-threads=off: exit 0; interrupted-resolver reported call=fork x1, interrupted-resolver repaired call=getaddrinfo x1
 * guarded vanished-threads=off mode=observe: exit 142; interrupted-resolver reported call=getaddrinfo x1
 * guarded vanished-threads=off interrupted-resolver=report: exit 142; interrupted-resolver reported call=getaddrinfo x1
 * guarded vanished-threads=off resolver_wait_ms=0 resolver_heal=0: exit 142; interrupted-resolver reported call=getaddrinfo x1
 * guarded vanished-threads=off interrupted-resolver=off: exit 142; nothing
 * guarded vanished-threads=off resolver_wait_ms=0 interrupted-resolver=poison: exit 51; interrupted-resolver poisoned call=getaddrinfo
 * guarded vanished-threads=off resolver_wait_ms=0 interrupted-resolver=die: exit 66; interrupted-resolver died call=getaddrinfo x1
 * guarded vanished-threads=off resolver_wait_ms=0 interrupted-resolver=die exitcode=9: exit 9; interrupted-resolver died call=getaddrinfo x1
 * guarded vanished-threads=off resolver_wait_ms=0 mode=strict: exit 66; interrupted-resolver repaired call=getaddrinfo x1
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
