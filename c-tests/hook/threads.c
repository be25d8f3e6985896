/* Threads as a program sees them: what pthread_create and thrd_create answer, with right and wrong attributes; what the
 * thread is given and gives back; its stack, its name, its signal mask, its destructors and their order; and how it
 * ends.
 *
 * ways: fresh forked child grown
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded mode=observe: exit 0; nothing
 * bare differs: no
 */
#include "locks.h"
#include "transcript.h"
#include <limits.h>
#include <threads.h>

static pthread_key_t keys[3];
static __thread int own = 4;

static void destroy(void *value) { say("  destructor of %d\n", (int)(intptr_t)value); }
static void clean(void *value) { say("  clean-up %d\n", (int)(intptr_t)value); }

static void *look(void *arg) {
    pthread_attr_t attributes;
    sigset_t mask;
    size_t size, guard;
    void *base;
    int here, detached;
    char name[32];
    own++;
    SETUP(pthread_getattr_np(pthread_self(), &attributes) == 0 && pthread_sigmask(SIG_SETMASK, NULL, &mask) == 0);
    SETUP(pthread_attr_getstack(&attributes, &base, &size) == 0 && pthread_attr_getguardsize(&attributes, &guard) == 0);
    SETUP(pthread_attr_getdetachstate(&attributes, &detached) == 0 && pthread_getname_np(pthread_self(), name, sizeof name) == 0);
    bool inside = (char *)&here > (char *)base && (char *)&here < (char *)base + size;
    say("  arg %d, own %d, stack of %zu, guard %zu, inside %d, detached %d, usr1 blocked %d, comm %d\n", (int)(intptr_t)arg, own, size, guard,
        inside, detached, sigismember(&mask, SIGUSR1), strcmp(name, program_invocation_short_name) == 0);
    SETUP(pthread_attr_destroy(&attributes) == 0);
    for (int place = 0; place < 3; place++)
        SETUP(pthread_setspecific(keys[place], (void *)(intptr_t)(place + 1)) == 0);
    errno = 77;
    return arg;
}

static void *by_exit(void *arg) {
    pthread_cleanup_push(clean, (void *)1);
    pthread_cleanup_push(clean, (void *)2);
    look(arg);
    pthread_exit((void *)99);
    pthread_cleanup_pop(0);
    pthread_cleanup_pop(0);
    return NULL;
}

static void *by_cancel(void *arg) {
    pthread_cleanup_push(clean, (void *)3);
    look(arg);
    pthread_cancel(pthread_self());
    pthread_testcancel();
    pthread_cleanup_pop(0);
    return NULL;
}

static int for_c11(void *arg) { return (int)(intptr_t)look(arg) + 1; }
static int exits_c11(void *arg) {
    look(arg);
    thrd_exit(-5);
}

static void one(void *(*run)(void *), const pthread_attr_t *attributes) {
    pthread_t thread;
    void *answer = &thread;
    errno = ODD;
    int result = pthread_create(&thread, attributes, run, (void *)21);
    int error = errno;
    /* Said when the thread has said its own. */
    int joined = result == 0 ? pthread_join(thread, &answer) : -1;
    say("create = %d, errno %d, join = %d, answer %d\n", result, error, joined, joined == 0 ? (int)(intptr_t)answer : 0);
}

static void one_c11(int (*run)(void *)) {
    thrd_t thread;
    int answer = 0;
    errno = ODD;
    int result = thrd_create(&thread, run, (void *)30), error = errno, joined = thrd_join(thread, &answer);
    say("C11 create = %d, errno %d, join = %d, answer %d\n", result, error, joined, answer);
}

static int run(void *none) {
    (void)none;
    static char stack[1 << 17] __attribute__((aligned(4096)));
    pthread_attr_t attributes;
    sigset_t mask, before;
    for (int place = 0; place < 3; place++)
        T(pthread_key_create(&keys[place], destroy));
    one(look, NULL);
    one(by_exit, NULL);
    one(by_cancel, NULL);
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    SETUP(pthread_sigmask(SIG_BLOCK, &mask, &before) == 0);
    one(look, NULL);
    SETUP(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
    T(pthread_attr_init(&attributes));
    T(pthread_attr_setstacksize(&attributes, 16));
    T(pthread_attr_setstacksize(&attributes, (size_t)PTHREAD_STACK_MIN + 16384));
    one(look, &attributes);
    T(pthread_attr_setguardsize(&attributes, 3 * 4096));
    one(by_exit, &attributes);
    T(pthread_attr_setstack(&attributes, stack, sizeof stack));
    one(look, &attributes);
    one(by_cancel, &attributes);
    T(pthread_attr_init(&attributes));
    T(pthread_attr_setstacksize(&attributes, (size_t)1 << 60)); /* more than there is: EAGAIN */
    one(look, &attributes);
    T(pthread_attr_init(&attributes));
    T(pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED));
    T(pthread_attr_setschedpolicy(&attributes, SCHED_OTHER));
    one(look, &attributes);
    one_c11(for_c11);
    one_c11(exits_c11);
    T(thrd_equal(thrd_current(), thrd_current()));
    T(pthread_join(pthread_self(), NULL));
    T(own);
    for (int place = 0; place < 3; place++)
        T(pthread_key_delete(keys[place]));
    return 0;
}

int main(int argc, char **argv) { return in_the_way(argc, argv, run); }
