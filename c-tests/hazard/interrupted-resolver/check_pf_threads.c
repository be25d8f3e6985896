/* Several threads of the child look up at once and wait for the lock of the vanished one, each woken by the next:
 * all get their answer. One lock was freed, once.
 *
 * ways: fork _Fork
 * bare: exit 142
 * guarded vanished-threads=off resolver_wait_ms=0: exit 0; interrupted-resolver repaired call=getaddrinfo x1
 * may skip: needs a seccomp listener
 */
#include "hang.h"
#include "resolver.h"
#include "threads.h"

static void one_of_many(int place) {
    (void)place;
    child_resolves(NULL);
}

static int child(void *none) {
    all_at_once(6, one_of_many);
    return child_resolves(none);
}

int main(int argc, char **argv) {
    struct parked parked;
    const struct way *way = which_way(argc, argv);
    park_in_getaddrinfo(&parked);
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    let_go(&parked);
    return 0;
}
