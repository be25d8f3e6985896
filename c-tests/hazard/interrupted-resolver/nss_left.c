/* A thread that left getaddrinfo other than by returning is not waited for: it was cancelled in there, or ended itself, or
 * jumped out and sleeps now, or works, or has returned since. The bound is 10 s here, and no fork takes half of that.
 *
 * ways: cancel exit jump jump_and_work jump_and_return signal_jump
 * bare: exit 0
 * guarded vanished-threads=off resolver_wait_ms=10000: exit 0; nothing
 * bare differs: no
 */
#include "hang.h"
#include "nss_module.h"
#include <setjmp.h>

static const char *way;
static int inside[2], left[2], over[2];
static sigjmp_buf back;
static bool volatile enough;
static uint64_t volatile work;

static void leave(const char *name) {
    if (strcmp(name, "leave.test") != 0)
        return;
    if (strcmp(way, "exit") == 0)
        pthread_exit(inside);
    if (strcmp(way, "signal_jump") == 0)
        raise(SIGUSR1);
    if (strcmp(way, "cancel") != 0)
        siglongjmp(back, 1);
    char byte;
    tell(inside[1]);
    (void)!read(over[0], &byte, 1); /* a cancellation point */
    quit(98);
}

static void jump(int number) {
    (void)number;
    siglongjmp(back, 1);
}

static void *resolve(void *none) {
    if (sigsetjmp(back, 1) == 0) {
        module_answers("leave.test");
        quit(97);
    }
    tell(left[1]);
    if (strcmp(way, "jump_and_return") == 0)
        return none;
    if (strcmp(way, "jump_and_work") != 0)
        await(over[0]);
    while (!enough && strcmp(way, "jump_and_work") == 0)
        work++;
    return none;
}

static int child(void *none) {
    (void)none;
    CHECK(21, module_answers("quick.test"));
    return 0;
}

int main(int argc, char **argv) {
    struct sigaction action = {.sa_handler = jump};
    pthread_t thread;
    void *result;
    SETUP(argc == 2 && pipe(inside) == 0 && pipe(left) == 0 && pipe(over) == 0 && sigaction(SIGUSR1, &action, NULL) == 0);
    way = argv[1];
    use_nss_module();
    in_module = leave;
    SETUP(pthread_create(&thread, NULL, resolve, NULL) == 0);
    if (strcmp(way, "cancel") == 0) {
        await(inside[0]);
        SETUP(pthread_cancel(thread) == 0 && pthread_join(thread, &result) == 0 && result == PTHREAD_CANCELED);
    } else if (strcmp(way, "exit") == 0) {
        SETUP(pthread_join(thread, &result) == 0 && result == inside);
    } else {
        await(left[0]);
    }
    for (int count = 0; count < 2; count++) {
        int64_t begun = now_ms();
        struct kid kid = start(PLAIN_FORK, child, NULL);
        CHECK(22, now_ms() - begun < 5000);
        ended(&kid);
    }
    if (strncmp(way, "jump", 4) == 0 || strcmp(way, "signal_jump") == 0) {
        enough = true;
        tell(over[1]);
        SETUP(pthread_join(thread, NULL) == 0);
    }
    CHECK(23, module_answers("quick.test"));
    return 0;
}
