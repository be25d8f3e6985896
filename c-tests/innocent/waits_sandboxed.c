/* A program that has forbidden itself the calls it does not make (seccomp(2)), on pain of death, closes a descriptor in
 * the middle of a batch, and waits where only it could make anything ready. It is not asked for more than it asks itself.
 *
 * ways: batch wait
 * bare: exit 0
 * guarded: exit 0; nothing
 */
#define ALARM_SECONDS 2
#include "poller.h"
#include "refuse.h"

enum { PIPES = 4 };

static void forbid(const int *calls, size_t count) {
    enum { MOST = 16 };
    struct sock_filter code[2 + 2 * MOST] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))};
    SETUP(count <= MOST);
    size_t at = 1;
    for (size_t i = 0; i < count; i++) {
        code[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)calls[i], 0, 1);
        code[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    }
    code[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    install_filter(code, at);
}

static void forbid_what_is_not_needed(void) {
    static const int calls[] = {SYS_openat,    SYS_ioctl,     SYS_ppoll,   SYS_process_vm_readv, SYS_kcmp,
                                SYS_getitimer, SYS_waitid,    SYS_statx,   SYS_newfstatat,       SYS_readlinkat,
                                SYS_fstat};
    forbid(calls, sizeof calls / sizeof *calls);
}

/* What `batch.c` does, and nobody is told. */
static void batch(void) {
    int poller = new_poller();
    struct line_pipe pipes[PIPES];
    for (int place = 0; place < PIPES; place++) {
        pipes[place] = new_pipe();
        SETUP(add(poller, pipes[place].out, EPOLLIN, (uint64_t)place) == 0);
        fill(pipes[place]);
    }
    forbid_what_is_not_needed();
    struct epoll_event events[PIPES];
    CHECK(11, epoll_wait(poller, events, PIPES, 0) == PIPES);
    char byte;
    CHECK(12, read(pipes[events[0].data.u64].out, &byte, 1) == 1);
    CHECK(13, close(pipes[events[2].data.u64].out) == 0);
}

/* What the loop of a single process does at its start: its own byte wakes it. */
static void waits(void) {
    int poller = new_poller();
    struct line_pipe line = new_pipe();
    SETUP(add(poller, line.out, EPOLLIN, 1) == 0);
    forbid_what_is_not_needed();
    fill(line);
    struct epoll_event event;
    CHECK(14, epoll_wait(poller, &event, 1, -1) == 1);
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    if (strcmp(argv[1], "batch") == 0)
        batch();
    else
        waits();
    return 0;
}
