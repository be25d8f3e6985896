/* Eight threads do something over and over while the process forks children that do it too. FORKS in the environment
 * is how many; `make hunt` makes many. Children that hang cost nothing but the time of their alarm, so they are left
 * to it, and the next are made. */
#ifndef STRESS_H
#define STRESS_H

#include "hang.h"
#include <stdatomic.h>

enum { THREADS = 8, AT_ONCE = 250 };

static _Atomic bool enough;
static _Atomic int running;

struct stress {
    int forked, hung, wrong;
};

static void (*stress_once)(void);

static void *stress_main(void *none) {
    stress_once();
    running++;
    while (!enough)
        stress_once();
    return none;
}

static void reap(struct stress *stress) {
    int status;
    pid_t pid;
    do
        pid = wait(&status);
    while (pid == -1 && errno == EINTR);
    SETUP(pid != -1);
    int code = code_of(status);
    if (code == 128 + SIGALRM)
        stress->hung++;
    else if (code != 0)
        stress->wrong++;
}

static MAYBE_UNUSED struct stress run_stress(int forks, void (*once)(void), void (*in_child)(void)) {
    struct stress stress = {0, 0, 0};
    pthread_t threads[THREADS];
    const char *asked = getenv("FORKS");
    if (asked != NULL)
        forks = atoi(asked);
    alarm(55);
    stress_once = once;
    for (int place = 0; place < THREADS; place++)
        SETUP(pthread_create(&threads[place], NULL, stress_main, NULL) == 0);
    while (running < THREADS)
        sched_yield();
    for (int living = 0; stress.forked < forks; stress.forked++) {
        if (living == AT_ONCE)
            reap(&stress);
        else
            living++;
        pid_t pid = fork();
        SETUP(pid != -1);
        if (pid == 0) {
            alarm(ALARM_SECONDS);
            in_child();
            _exit(0);
        }
    }
    enough = true;
    for (int left = stress.forked < AT_ONCE ? stress.forked : AT_ONCE; left > 0; left--)
        reap(&stress);
    for (int place = 0; place < THREADS; place++)
        SETUP(pthread_join(threads[place], NULL) == 0);
    line_to(2, "%d children: %d hung, %d had a wrong answer\n", stress.forked, stress.hung, stress.wrong);
    return stress;
}

#endif
