/* Threads change a signal's action all the time, between two handlers of different kinds, while others send it, fork, and
 * ask what it is. Each signal is handled once, by one of the two, in the way that one was installed; and nobody is
 * ever told of a handler that the program has not.
 *
 * ways: fresh forked child
 * bare: exit 0
 * guarded vanished-threads=off: exit 0; nothing
 * guarded vanished-threads=off mode=observe: exit 0; nothing
 * bare differs: no
 * stderr: not compared
 */
#include "threads.h"
#include "transcript.h"
#include <stdatomic.h>

enum { SENT = 3000, SENDERS = 2, CHANGERS = 1, FORKS = 20 };
static _Atomic int plain_ran, informed_ran, wrong, strange;
static _Atomic bool enough;
static int number;

static void plain(int given) {
    atomic_fetch_add(&plain_ran, 1);
    if (given != number)
        atomic_fetch_add(&wrong, 1);
}
static void informed(int given, siginfo_t *info, void *context) {
    atomic_fetch_add(&informed_ran, 1);
    if (given != number || info == NULL || context == NULL || info->si_signo != number || info->si_code != SI_QUEUE || info->si_value.sival_int != 7)
        atomic_fetch_add(&wrong, 1);
}

static void see(const struct sigaction *action) {
    bool is_plain = action->sa_handler == plain && !(action->sa_flags & SA_SIGINFO);
    bool is_informed = action->sa_sigaction == informed && action->sa_flags & SA_SIGINFO;
    if (!is_plain && !is_informed)
        atomic_fetch_add(&strange, 1);
}

static void change(void) {
    for (int round = 0; !enough; round++) {
        struct sigaction action = {.sa_handler = plain, .sa_flags = SA_RESTART}, old;
        if (round % 2) {
            action.sa_sigaction = informed;
            action.sa_flags = SA_SIGINFO | SA_RESTART | SA_NODEFER;
        }
        SETUP(sigaction(number, &action, &old) == 0);
        see(&old);
        SETUP(sigaction(number, NULL, &old) == 0);
        see(&old);
    }
}

static void *change_main(void *none) {
    change();
    return none;
}

static void *send_main(void *none) {
    union sigval value = {.sival_int = 7};
    for (int count = 0; count < SENT; count++) {
        while (pthread_sigqueue(pthread_self(), number, value) != 0)
            sched_yield();
    }
    return none;
}

static int calls(void *none) {
    (void)none;
    pthread_t senders[SENDERS], changers[CHANGERS];
    struct sigaction action = {.sa_handler = plain, .sa_flags = SA_RESTART};
    number = SIGRTMIN + 5;
    SETUP(sigaction(number, &action, NULL) == 0);
    for (int place = 0; place < CHANGERS; place++)
        SETUP(pthread_create(&changers[place], NULL, change_main, NULL) == 0);
    for (int place = 0; place < SENDERS; place++)
        SETUP(pthread_create(&senders[place], NULL, send_main, NULL) == 0);
    for (int round = 0; round < FORKS; round++) {
        pid_t pid = fork();
        SETUP(pid != -1);
        if (pid == 0) {
            struct sigaction old;
            union sigval value = {.sival_int = 7};
            plain_ran = informed_ran = wrong = strange = 0;
            SETUP(sigaction(number, NULL, &old) == 0);
            see(&old);
            SETUP(sigqueue(raw_getpid(), number, value) == 0);
            quit(plain_ran + informed_ran == 1 && wrong == 0 && strange == 0 ? 0 : 10 + (int)plain_ran + (int)informed_ran + 10 * !!wrong + 20 * !!strange);
        }
        int status;
        SETUP(waitpid(pid, &status, 0) == pid);
        if (status != 0)
            say("a child ended with %d\n", code_of(status));
    }
    for (int place = 0; place < SENDERS; place++)
        SETUP(pthread_join(senders[place], NULL) == 0);
    enough = true;
    for (int place = 0; place < CHANGERS; place++)
        SETUP(pthread_join(changers[place], NULL) == 0);
    say("%d handled, %d wrong, %d strange\n", plain_ran + informed_ran, wrong, strange);
    return 0;
}

int main(int argc, char **argv) { return in_the_way(argc, argv, calls); }
