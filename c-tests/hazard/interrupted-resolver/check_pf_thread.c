/* The same, and the child first makes a thread, which looks up while the first one waits for it.
 *
 * ways: fork _Fork asm thread handler grandchild
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
    struct kid kid = start(way, childs_thread_resolves, NULL);
    ended(&kid);
    let_go(&parked);
    return 0;
}
