/* Hooked calls on the smallest stacks there are: a thread of PTHREAD_STACK_MIN (16 KiB, which also holds libc's own
 * data of the thread), and a signal stack of 8 KiB. Waits, registrations, the first use of an inherited loop with
 * its finding, and a fork.
 *
 * ways: wait repair handler_fork handler_wait
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired
 */
#include "fork_ways.h"
#include "intact.h"
#include <limits.h>

static const char *way;

static void work(void) {
    if (strcmp(way, "wait") == 0) {
        CHECK(20, ready(poller) == EVERY);
        CHECK(21, mod(poller, pipes[0].out, EPOLLIN, 0) == 0);
    } else {
        CHECK(23, ready(poller) == EVERY);
    }
}

static void *thread_main(void *none) {
    work();
    return none;
}

static void in_small_thread(void) {
    pthread_t thread;
    pthread_attr_t attributes;
    SETUP(pthread_attr_init(&attributes) == 0);
    SETUP(pthread_attr_setstacksize(&attributes, (size_t)PTHREAD_STACK_MIN) == 0);
    SETUP(pthread_create(&thread, &attributes, thread_main, NULL) == 0 && pthread_join(thread, NULL) == 0);
}

static void handler(int number) {
    (void)number;
    if (strcmp(way, "handler_wait") == 0) {
        struct epoll_event event;
        CHECK(24, epoll_wait(poller, &event, 1, 0) == 1);
        return;
    }
    int status;
    pid_t pid = fork();
    if (pid == 0)
        quit(0);
    CHECK(25, waitpid(pid, &status, 0) == pid && status == 0);
}

static void on_small_signal_stack(void) {
    stack_t stack = {.ss_size = 8192};
    stack.ss_sp = (char *)mmap(NULL, 4096 + 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) + 4096;
    SETUP(mprotect(stack.ss_sp, 8192, PROT_READ | PROT_WRITE) == 0);
    SETUP(sigaltstack(&stack, NULL) == 0);
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
    SETUP(sigaction(SIGUSR1, &action, NULL) == 0 && raise(SIGUSR1) == 0);
}

static int child(void *none) {
    (void)none;
    struct line_pipe own = new_pipe();
    in_small_thread();
    CHECK(26, add(poller, own.out, EPOLLIN, OWN) == 0);
    fill(own);
    tell(up);
    await(up);
    return 0;
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    way = argv[1];
    set_up_loop();
    if (strcmp(way, "repair") == 0) {
        struct kid kid = start(PLAIN_FORK, child, NULL);
        await(kid.line);
        int64_t seen = ready(poller);
        CHECK(12, seen == EVERY);
        tell(kid.line);
        ended(&kid);
    } else {
        if (strncmp(way, "handler", 7) == 0)
            on_small_signal_stack();
        else
            in_small_thread();
        intact();
    }
    return 0;
}
