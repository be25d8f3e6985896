/* Eight threads add, remove, close, reopen and harvest on one epoll, for SECONDS (in the environment; 3). Half of what they
 * register is removed while its event is on its way. The other half lives: it is signalled once, edge-triggered,
 * and its event must arrive. Half of all data is used again at once, by the next registration. Two of the threads
 * are held for a moment by ptrace each time that they leave the kernel with events, or stale ones would be rare.
 *
 * Bare and guarded nothing crashes; dropped or not, nothing that lives is lost, and each event that is dropped has
 * its line (limit=0).
 *
 * ways: none
 * bare: exit 0
 * guarded: exit 0; stale-event reported x0+
 * guarded stale-event=repair limit=0: exit 0; stale-event repaired x1+
 * may skip: needs ptrace
 * stderr: not compared
 */
#include "held.h"
#include <stdatomic.h>

enum { THREADS = 8, HELD = 2, ROOM = 8, SLOTS = 1 << 16 };

static int poller;
static _Atomic bool enough;
/* What has arrived, by data: the upper half says how often, so that data can be used again. */
static _Atomic uint32_t arrived[SLOTS];
static _Atomic uint64_t lived, removed, events_taken, of_removed;
/* Bit 0: the registration is gone, as far as the thread that removed it was told. */
static _Atomic uint32_t gone[SLOTS];

static void harvest(void) {
    struct epoll_event events[ROOM];
    int count = epoll_wait(poller, events, ROOM, 0);
    SETUP(count >= 0 || errno == EINTR);
    for (int place = 0; place < count; place++) {
        uint64_t data = events[place].data.u64;
        SETUP(data < SLOTS && events[place].events == EPOLLIN);
        of_removed += gone[data];
        arrived[data]++;
        events_taken++;
    }
}

static int signalled(uint64_t data) {
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    uint64_t one = 1;
    SETUP(fd != -1);
    CHECK(11, add(poller, fd, EPOLLIN | EPOLLET, data) == 0);
    SETUP(raw_write(fd, &one, sizeof one) == sizeof one);
    return fd;
}

static void end(int fd, unsigned how, uint64_t data) {
    if (how % 3 == 0) {
        CHECK(12, del(poller, fd) == 0);
        gone[data] = 1;
        raw_close(fd);
    } else if (how % 3 == 1) {
        CHECK(13, close(fd) == 0);
        gone[data] = 1;
    } else {
        int other = eventfd(0, EFD_CLOEXEC);
        SETUP(other != -1 && dup3(other, fd, O_CLOEXEC) == fd);
        gone[data] = 1;
        raw_close(other);
        raw_close(fd);
    }
}

static void *work(void *arg) {
    unsigned me = (unsigned)(uintptr_t)arg, seed = me + 1;
    if (me < HELD)
        send_word(tracer_line, (pid_t)raw_call(SYS_gettid));
    /* Each thread has data of its own. */
    uint64_t first = me * (SLOTS / THREADS), next = first;
    while (!enough) {
        unsigned dice = (unsigned)rand_r(&seed);
        bool again = dice & 1;
        if (!again)
            next = next + 1 < first + SLOTS / THREADS ? next + 1 : first;
        uint64_t data = next;
        /* Its event is on its way when it is removed. */
        gone[data] = 0;
        int fd = signalled(data);
        if (dice & 2)
            sched_yield();
        end(fd, dice >> 4, data);
        removed++;
        /* The event of one that lives. Used again, the data may bring that of the one before as well: it counts for
         * this one only if it is the second. */
        if (!again) {
            data = next = next + 1 < first + SLOTS / THREADS ? next + 1 : first;
        }
        gone[data] = 0;
        uint32_t before = arrived[data];
        fd = signalled(data);
        for (long turn = 0; arrived[data] == before; turn++) {
            harvest();
            if (turn > 100)
                sched_yield();
            if (turn == 3000000)
                CHECK(14, !"the event of what is registered did not arrive");
        }
        end(fd, dice >> 8, data);
        lived++;
    }
    return NULL;
}

static int run(void) {
    const char *asked = getenv("SECONDS");
    int seconds = asked != NULL ? atoi(asked) : 3;
    pthread_t threads[THREADS];
    alarm((unsigned)seconds + 50);
    poller = new_poller();
    for (int place = 0; place < THREADS; place++)
        SETUP(pthread_create(&threads[place], NULL, work, (void *)(uintptr_t)place) == 0);
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += seconds;
    while (raw_call(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) != 0)
        SETUP(errno == EINTR);
    enough = true;
    for (int place = 0; place < THREADS; place++)
        SETUP(pthread_join(threads[place], NULL) == 0);
    line_to(2, "%llu lived and arrived, %llu removed on the way, %llu events, %llu of them of what was gone when looked at\n",
            (unsigned long long)lived, (unsigned long long)removed, (unsigned long long)events_taken,
            (unsigned long long)of_removed);
    return 0;
}

/* Each of the two threads is held for so long where it comes out of a wait with events. */
static void trace_all(pid_t child, int line) {
    pid_t threads[HELD];
    uint64_t calls[HELD] = {0};
    struct timespec moment = {0, 200000};
    for (int place = 0; place < HELD; place++) {
        threads[place] = take_word(line);
        if (threads[place] == -1 || ptrace(PTRACE_SEIZE, threads[place], NULL, (void *)PTRACE_O_TRACESYSGOOD) != 0)
            SKIP("ptrace is refused here");
        ptrace(PTRACE_INTERRUPT, threads[place], NULL, NULL);
    }
    for (int status;;) {
        pid_t stopped = (pid_t)raw_call(SYS_wait4, -1, &status, __WALL, NULL);
        SETUP(stopped > 0);
        if (stopped == child && !WIFSTOPPED(status))
            quit(code_of(status));
        int place = stopped == threads[0] ? 0 : 1;
        if (!WIFSTOPPED(status))
            continue;
        struct __ptrace_syscall_info info;
        if (WSTOPSIG(status) == (SIGTRAP | 0x80) && ptrace(PTRACE_GET_SYSCALL_INFO, stopped, (void *)sizeof info, &info) > 0) {
            if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
                calls[place] = info.entry.nr;
            else if (info.op == PTRACE_SYSCALL_INFO_EXIT && is_a_wait(calls[place]) && info.exit.rval > 0)
                raw_call(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &moment, NULL);
        }
        /* It may be on its way out. */
        ptrace(PTRACE_SYSCALL, stopped, NULL, NULL);
    }
}

int main(void) {
    int line[2];
    SETUP(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line) == 0);
    pid_t child = fork();
    SETUP(child != -1);
    if (child == 0) {
        raw_close(line[0]);
        tracer_line = line[1];
        quit(run());
    }
    raw_close(line[1]);
    alarm(0);
    trace_all(child, line[0]);
    return 0;
}
