/* A thread of the parent is inside epoll_wait all the while, from before the fork. What the child
 * adds to the loop must not wake it; what its own process fills must.
 *
 * ways: all
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired x1
 */
#include "fork_ways.h"
#include "poller.h"

static int poller;
static _Atomic int tid;
static struct line_pipe pipe_;

static void *wait_for_event(void *none) {
    struct epoll_event events[8];
    tid = (int)raw_call(SYS_gettid);
    int count = epoll_wait(poller, events, 8, -1);
    CHECK(12, count == 1 && events[0].data.u64 == 1);
    return none;
}

/* Asleep; the thread sleeps in no other call. proc(5), stat, the field after the name. */
static bool is_waiting(void) {
    char path[64], text[512] = "";
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", tid);
    int fd = (int)raw_call(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
    SETUP(fd != -1 && raw_read(fd, text, sizeof text - 1) > 0);
    raw_close(fd);
    const char *name_end = strrchr(text, ')');
    return name_end && name_end[2] == 'S';
}

static int child(void *none) {
    (void)none;
    struct line_pipe own = new_pipe();
    CHECK(21, add(poller, own.out, EPOLLIN, 7) == 0);
    fill(own);
    CHECK(22, ready(poller) == BIT(7));
    tell(up);
    await(up);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    pthread_t thread;
    poller = new_poller();
    pipe_ = new_pipe();
    SETUP(add(poller, pipe_.out, EPOLLIN, 1) == 0);
    SETUP(pthread_create(&thread, NULL, wait_for_event, NULL) == 0);
    while (tid == 0 || !is_waiting())
        sched_yield();
    struct kid kid = start(way, child, NULL);
    await(kid.line);
    fill(pipe_);
    SETUP(pthread_join(thread, NULL) == 0);
    tell(kid.line);
    ended(&kid);
    return 0;
}
