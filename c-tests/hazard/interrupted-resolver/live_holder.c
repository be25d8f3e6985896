/* A lock that a thread of the child's own holds is nobody's to free, however long it takes: the lock was freed once, taken
 * by that thread, and whoever comes now waits for it.
 *
 * ways: fork asm
 * bare: exit 142
 * guarded vanished-threads=off resolver_wait_ms=0: exit 0; interrupted-resolver repaired call=getaddrinfo x1
 * may skip: needs a seccomp listener
 */
#include "hang.h"
#include "asleep.h"
#include "resolver.h"
#include <stdatomic.h>

static volatile pid_t waiting;
static _Atomic bool through;

static void *come_second(void *none) {
    waiting = (pid_t)raw_call(SYS_gettid);
    CHECK(21, answers_right());
    through = true;
    return none;
}

static int child(void *none) {
    (void)none;
    struct parked holder;
    pthread_t second;
    park_in_getaddrinfo(&holder);
    SETUP(pthread_create(&second, NULL, come_second, NULL) == 0);
    while (waiting == 0 || !rests(waiting))
        CHECK(22, !through);
    for (int64_t begun = now_ms(); now_ms() - begun < 300; sched_yield())
        CHECK(23, !through && is_inside);
    let_go(&holder);
    CHECK(24, pthread_join(second, NULL) == 0 && through);
    return child_resolves(NULL);
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
