/* A fork where a process or a thread ends: in an atexit function, in a destructor of the program, in the
 * destructor of a thread's own data (pthread_key_create), and in a thread that ends while main waits. The
 * child's loop is mended there as anywhere.
 *
 * ways: atexit destructor key thread_local on_exit
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired x1
 */
#include "fork_ways.h"
#include "poller.h"

static int poller;
static const char *where = "";

static int child(void *none) {
    (void)none;
    struct line_pipe own = new_pipe();
    CHECK(20, ready(poller) == BIT(1));
    CHECK(21, add(poller, own.out, EPOLLIN, 7) == 0);
    fill(own);
    CHECK(22, ready(poller) == (BIT(1) | BIT(7)));
    tell(up);
    await(up);
    return 0;
}

static void fork_and_look(void) {
    struct kid kid = start(PLAIN_FORK, child, NULL);
    await(kid.line);
    int64_t seen = ready(poller);
    tell(kid.line);
    ended(&kid);
    if (seen != BIT(1))
        quit(12);
}

static void at_exit(void) { fork_and_look(); }
static void on_exit_too(int status, void *none) {
    (void)status, (void)none;
    fork_and_look();
}
static void key_gone(void *none) {
    (void)none;
    fork_and_look();
}
static __attribute__((destructor)) void program_gone(void) {
    if (strcmp(where, "destructor") == 0)
        fork_and_look();
}

/* What a C++ thread_local with a destructor is made of. */
extern int __cxa_thread_atexit_impl(void (*)(void *), void *, void *);
extern void *__dso_handle;

static void *thread_main(void *none) {
    static pthread_key_t key;
    if (strcmp(where, "key") == 0)
        SETUP(pthread_key_create(&key, key_gone) == 0 && pthread_setspecific(key, &key) == 0);
    else
        SETUP(__cxa_thread_atexit_impl(key_gone, NULL, &__dso_handle) == 0);
    return none;
}

int main(int argc, char **argv) {
    struct line_pipe pipe = new_pipe();
    SETUP(argc == 2);
    where = argv[1];
    poller = new_poller();
    SETUP(add(poller, pipe.out, EPOLLIN, 1) == 0);
    fill(pipe);
    if (strcmp(where, "atexit") == 0) {
        SETUP(atexit(at_exit) == 0);
    } else if (strcmp(where, "on_exit") == 0) {
        SETUP(on_exit(on_exit_too, NULL) == 0);
    } else if (strcmp(where, "destructor") != 0) {
        pthread_t thread;
        SETUP(pthread_create(&thread, NULL, thread_main, NULL) == 0 && pthread_join(thread, NULL) == 0);
    }
    return 0;
}
