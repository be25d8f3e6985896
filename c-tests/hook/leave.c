/* A signal handler interrupts a hooked call and never returns to it: it leaves by siglongjmp, or ends the thread
 * with pthread_exit, which unwinds through the call. Afterwards the mask is right and everything works again: waits,
 * registrations, forks. In the first process, and in a child at its first use of the loop.
 *
 * ways: jump_wait jump_pwait jump_poll jump_select jump_prepare jump_parent exit_wait exit_pwait exit_poll exit_select jump_wait.child jump_pwait.child exit_wait.child jump_parent.child
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired
 */
#include "asleep.h"
#include "fork_ways.h"
#include "intact.h"
#include <setjmp.h>

static const char *way;
static sigjmp_buf back;
static volatile pid_t sleeper;
static pthread_t sleeper_thread;
static int empty_loop, raise_in_prepare, raise_in_parent, cleaned;
static struct line_pipe quiet;

static uint64_t mask(void) {
    uint64_t now = 0;
    raw_call(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &now, 8);
    return now;
}

static void leave(int number) {
    (void)number;
    if (strncmp(way, "jump", 4) == 0)
        siglongjmp(back, 1);
    pthread_exit(&cleaned);
}
static void clean(void *none) {
    (void)none;
    cleaned++;
}
static void prepare(void) {
    if (raise_in_prepare)
        raise(SIGUSR1);
}
static void in_parent(void) {
    if (raise_in_parent)
        raise(SIGUSR1);
}

static void wait_for_ever(void) {
    struct epoll_event event;
    struct pollfd one = {empty_loop, POLLIN, 0};
    fd_set set;
    sleeper = (pid_t)raw_call(SYS_gettid);
    if (strstr(way, "_wait"))
        epoll_wait(empty_loop, &event, 1, -1);
    else if (strstr(way, "_pwait"))
        epoll_pwait(empty_loop, &event, 1, -1, NULL);
    else if (strstr(way, "_poll"))
        poll(&one, 1, -1);
    else if (strstr(way, "_select")) {
        FD_ZERO(&set);
        FD_SET(empty_loop, &set);
        select(empty_loop + 1, &set, NULL, NULL, NULL);
    }
    quit(99);
}

static void *disturb(void *none) {
    while (sleeper == 0)
        sched_yield();
    await_wait(sleeper);
    SETUP(pthread_kill(sleeper_thread, SIGUSR1) == 0);
    return none;
}

static void *sleep_and_exit(void *none) {
    pthread_cleanup_push(clean, NULL);
    sleeper_thread = pthread_self();
    wait_for_ever();
    pthread_cleanup_pop(0);
    return none;
}

static int run(void *none) {
    (void)none;
    struct sigaction action = {.sa_handler = leave};
    pthread_t thread, other;
    uint64_t before = mask();
    SETUP(sigaction(SIGUSR1, &action, NULL) == 0);
    if (strstr(way, "_prepare") || strstr(way, "_parent")) {
        SETUP(pthread_atfork(prepare, in_parent, NULL) == 0);
        volatile int turn = 0;
        for (turn = 0; turn < 3; turn++) {
            if (sigsetjmp(back, 1) == 0) {
                *(strstr(way, "_prepare") ? &raise_in_prepare : &raise_in_parent) = 1;
                pid_t pid = fork();
                if (pid == 0)
                    quit(0);
                quit(99);
            }
            raise_in_prepare = raise_in_parent = 0;
        }
    } else if (strncmp(way, "jump", 4) == 0) {
        sleeper_thread = pthread_self();
        SETUP(pthread_create(&thread, NULL, disturb, NULL) == 0);
        if (sigsetjmp(back, 1) == 0)
            wait_for_ever();
        SETUP(pthread_join(thread, NULL) == 0);
    } else {
        void *answer;
        SETUP(pthread_create(&other, NULL, sleep_and_exit, NULL) == 0);
        SETUP(pthread_create(&thread, NULL, disturb, NULL) == 0);
        SETUP(pthread_join(other, &answer) == 0 && pthread_join(thread, NULL) == 0);
        CHECK(20, answer == &cleaned && cleaned == 1);
    }
    CHECK(21, mask() == before);
    CHECK(22, ready(empty_loop) == 0);
    fill(quiet);
    CHECK(23, ready(empty_loop) == BIT(1));
    intact();
    CHECK(24, mask() == before);
    while (raw_call(SYS_wait4, -1, NULL, 0, NULL) > 0)
        continue;
    return 0;
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    way = argv[1];
    set_up_loop();
    empty_loop = new_poller();
    quiet = new_pipe();
    SETUP(add(empty_loop, quiet.out, EPOLLIN, 1) == 0);
    if (strchr(way, '.') == NULL)
        return run(NULL);
    struct kid kid = start(PLAIN_FORK, run, NULL);
    ended(&kid);
    return 0;
}
