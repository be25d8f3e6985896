/* A thread that is held where its wait has left the kernel with events, before libc has returned: there is no other
 * way to be sure that something happens between the two.
 *
 *     int main(int argc, char **argv) { return traced(argc, argv, run); }      run(way) is the process under test
 *
 *     hold(thread);        from now on; the thread must sleep outside of epoll_wait, and have events to come
 *     await_held();        it has been given events, and stands still
 *     let_go_of_held();    it goes on
 *
 * The tracer is the parent (ptrace(2)): nothing of the process under test stops but that one thread, and nothing of
 * it is changed. */
#ifndef HELD_H
#define HELD_H

#include "asleep.h"
#include "poller.h"
#include <sys/ptrace.h>

static int tracer_line = -1;

static void send_word(int line, pid_t word) { SETUP(raw_write(line, &word, sizeof word) == sizeof word); }

static MAYBE_UNUSED pid_t take_word(int line) {
    pid_t word;
    long size;
    do
        size = raw_read(line, &word, sizeof word);
    while (size == -1 && errno == EINTR);
    return size == sizeof word ? word : -1;
}

static bool is_a_wait(uint64_t call) {
    for (size_t place = 0; place < sizeof WAITS / sizeof *WAITS; place++) {
        if (call == (uint64_t)WAITS[place])
            return true;
    }
    return false;
}

/* One thread, from where it is to where it comes out of a wait with events. */
static MAYBE_UNUSED void trace(pid_t thread, int line) {
    int status;
    uint64_t call = 0;
    if (ptrace(PTRACE_SEIZE, thread, NULL, (void *)PTRACE_O_TRACESYSGOOD) != 0 || ptrace(PTRACE_INTERRUPT, thread, NULL, NULL) != 0) {
        send_word(line, 0);
        return;
    }
    SETUP(raw_call(SYS_wait4, thread, &status, __WALL, NULL) == thread && WIFSTOPPED(status));
    send_word(line, thread);
    for (;;) {
        SETUP(ptrace(PTRACE_SYSCALL, thread, NULL, NULL) == 0);
        SETUP(raw_call(SYS_wait4, thread, &status, __WALL, NULL) == thread && WIFSTOPPED(status));
        if (WSTOPSIG(status) != (SIGTRAP | 0x80))
            continue;
        struct __ptrace_syscall_info info;
        SETUP(ptrace(PTRACE_GET_SYSCALL_INFO, thread, (void *)sizeof info, &info) > 0);
        if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
            call = info.entry.nr;
        else if (info.op == PTRACE_SYSCALL_INFO_EXIT && is_a_wait(call) && info.exit.rval > 0)
            break;
    }
    send_word(line, thread);
    if (take_word(line) != -1)
        SETUP(ptrace(PTRACE_DETACH, thread, NULL, NULL) == 0);
}

static MAYBE_UNUSED int traced(int argc, char **argv, int (*run)(const char *way)) {
    int line[2], status;
    SETUP(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line) == 0);
    pid_t child = fork();
    SETUP(child != -1);
    if (child == 0) {
        raw_close(line[0]);
        tracer_line = line[1];
        arm();
        quit(run(argc > 1 ? argv[1] : ""));
    }
    raw_close(line[1]);
    for (pid_t thread; (thread = take_word(line[0])) != -1;)
        trace(thread, line[0]);
    SETUP(raw_call(SYS_wait4, child, &status, 0, NULL) == child);
    return code_of(status);
}

static MAYBE_UNUSED void hold(pid_t thread) {
    send_word(tracer_line, thread);
    if (take_word(tracer_line) != thread)
        SKIP("ptrace is refused here");
}

static MAYBE_UNUSED void await_held(void) { SETUP(take_word(tracer_line) > 0); }
static MAYBE_UNUSED void let_go_of_held(void) { send_word(tracer_line, 1); }

/* A thread that waits once, and what came of it. */
static struct waiter {
    pthread_t thread;
    volatile pid_t id;
    int ready[2], go[2], poller, room, answer, error;
    int (*wait)(int poller, struct epoll_event *events, int room);
    struct epoll_event events[16];
} waiter;

static MAYBE_UNUSED int usual_wait(int poller, struct epoll_event *events, int room) { return epoll_wait(poller, events, room, -1); }

static MAYBE_UNUSED void *waiter_main(void *none) {
    waiter.id = (pid_t)raw_call(SYS_gettid);
    tell(waiter.ready[1]);
    await(waiter.go[0]);
    errno = 0;
    waiter.answer = waiter.wait(waiter.poller, waiter.events, waiter.room);
    waiter.error = errno;
    return none;
}

/* A thread waits on `poller`, which has something, and is held when it has been given that. */
static MAYBE_UNUSED void hold_a_waiter(int poller, int room, int (*wait)(int, struct epoll_event *, int)) {
    waiter.poller = poller;
    waiter.room = room;
    waiter.wait = wait;
    SETUP(raw_call(SYS_pipe2, waiter.ready, O_CLOEXEC) == 0 && raw_call(SYS_pipe2, waiter.go, O_CLOEXEC) == 0);
    SETUP(pthread_create(&waiter.thread, NULL, waiter_main, NULL) == 0);
    await(waiter.ready[0]);
    hold(waiter.id);
    tell(waiter.go[1]);
    await_held();
}

static MAYBE_UNUSED void let_the_waiter_go(void) {
    let_go_of_held();
    SETUP(pthread_join(waiter.thread, NULL) == 0);
}

#endif
