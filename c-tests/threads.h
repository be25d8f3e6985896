/* Many threads that begin at the same moment. */
#ifndef THREADS_H
#define THREADS_H

#include "check.h"

struct team {
    pthread_barrier_t line_up;
    void (*run)(int place);
};

struct member {
    struct team *team;
    int place;
    pthread_t thread;
};

static MAYBE_UNUSED void *member_main(void *arg) {
    struct member *member = arg;
    pthread_barrier_wait(&member->team->line_up);
    member->team->run(member->place);
    return NULL;
}

/* Runs `run(0)` to `run(count - 1)` side by side and waits for all of them. */
static MAYBE_UNUSED void all_at_once(int count, void (*run)(int place)) {
    struct team team = {.run = run};
    struct member members[16];
    SETUP(count <= 16);
    SETUP(pthread_barrier_init(&team.line_up, NULL, (unsigned)count) == 0);
    for (int place = 0; place < count; place++) {
        members[place] = (struct member){.team = &team, .place = place};
        SETUP(pthread_create(&members[place].thread, NULL, member_main, &members[place]) == 0);
    }
    for (int place = 0; place < count; place++)
        SETUP(pthread_join(members[place].thread, NULL) == 0);
    pthread_barrier_destroy(&team.line_up);
}

#endif
