/* A fork in a signal handler waits for nobody: the handler may have interrupted whatever the thread inside needs to go
 * on. The bound is 10 s here, and the fork takes less than half of that. The child is mended.
 *
 * ways: plain siginfo altstack from_another while_waiting nested
 * bare: exit 142
 * guarded vanished-threads=off resolver_wait_ms=10000: exit 0; interrupted-resolver repaired call=getaddrinfo x1
 * may skip: needs a seccomp listener
 */
#include "hang.h"
#include "asleep.h"
#include "resolver.h"
#include <semaphore.h>

static const char *way;
static struct kid kid = {-1, -1};
static int64_t took;
static pthread_t first;
static volatile pid_t first_id;
static int quiet[2];

static void do_fork(void) {
    int64_t begun = now_ms();
    kid = start(PLAIN_FORK, child_resolves, NULL);
    took = now_ms() - begun;
}

static void handle(int number) {
    if (strcmp(way, "nested") == 0 && number == SIGUSR1)
        SETUP(raise(SIGUSR2) == 0);
    else
        do_fork();
}

static void handle_with_info(int number, siginfo_t *info, void *context) {
    (void)info;
    (void)context;
    handle(number);
}

static void *disturb(void *none) {
    if (strcmp(way, "while_waiting") == 0)
        await_sleep(first_id, (const long[]){SYS_read}, 1);
    SETUP(pthread_kill(first, SIGUSR1) == 0);
    return none;
}

int main(int argc, char **argv) {
    struct parked parked;
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};
    stack_t other = {.ss_size = 1 << 18};
    pthread_t thread;
    char byte;
    SETUP(argc == 2);
    way = argv[1];
    if (strcmp(way, "siginfo") == 0) {
        action.sa_sigaction = handle_with_info;
        action.sa_flags |= SA_SIGINFO;
    }
    if (strcmp(way, "altstack") == 0) {
        other.ss_sp = malloc(other.ss_size);
        action.sa_flags |= SA_ONSTACK;
        SETUP(other.ss_sp != NULL && sigaltstack(&other, NULL) == 0);
    }
    SETUP(pipe(quiet) == 0 && sigaction(SIGUSR1, &action, NULL) == 0 && sigaction(SIGUSR2, &action, NULL) == 0);
    first = pthread_self();
    first_id = (pid_t)raw_call(SYS_gettid);
    park_in_getaddrinfo(&parked);
    if (strcmp(way, "from_another") == 0 || strcmp(way, "while_waiting") == 0) {
        SETUP(pthread_create(&thread, NULL, disturb, NULL) == 0);
        if (strcmp(way, "from_another") == 0)
            SETUP(pthread_join(thread, NULL) == 0);
        else {
            action = (struct sigaction){.sa_handler = handle};
            SETUP(sigaction(SIGUSR1, &action, NULL) == 0);
            SETUP(read(quiet[0], &byte, 1) == -1 && errno == EINTR && pthread_join(thread, NULL) == 0);
        }
    } else {
        SETUP(raise(SIGUSR1) == 0);
    }
    SETUP(kid.pid > 0);
    CHECK(21, took < 5000);
    ended(&kid);
    let_go(&parked);
    return 0;
}
