/* libev: parent and child go on with one ev_loop, without ev_loop_fork(3) in the child, and
 * each opens a pipe. Both pipes get the same number, and an epoll event carries nothing but
 * that number: the parent's callback is called when the child's pipe is written to.
 *
 * bare:    exit 13, the parent's callback finds nothing to read
 * guarded: exit 0; inherited-poller repaired x1
 * guarded mode=observe: exit 13; inherited-poller reported x1 */

#define _GNU_SOURCE /* pipe2(2) */
#include "real.h"

#include <ev.h>
#include <fcntl.h>

struct watched {
    ev_io io;
    int calls, bytes;
};

static void ready(struct ev_loop *loop, ev_io *io, int revents)
{
    struct watched *one = (struct watched *)io;
    char byte;
    (void)loop;
    (void)revents;
    one->calls += 1;
    one->bytes += read(io->fd, &byte, 1) == 1;
}

static void watch(struct ev_loop *loop, struct watched *one, int fd)
{
    one->calls = one->bytes = 0;
    ev_io_init(&one->io, ready, fd, EV_READ);
    ev_io_start(loop, &one->io);
    ev_run(loop, EVRUN_NOWAIT); /* libev tells the kernel only when the loop runs */
}

static void open_pipe(int fds[2])
{
    need(pipe2(fds, O_NONBLOCK) == 0, "pipe2 failed");
}

/* `go` was registered before the fork, `own` after it: a repaired loop hears both. */
static void worker(struct ev_loop *loop, struct watched *go, int said)
{
    struct watched own;
    int fds[2];
    arm();
    open_pipe(fds);
    watch(loop, &own, fds[0]);
    tell(fds[1]);
    need(write(said, &fds[0], sizeof fds[0]) == sizeof fds[0], "cannot write to a pipe");

    until_ready(go->io.fd);
    ev_run(loop, EVRUN_NOWAIT);
    _exit(own.bytes == 1 && go->bytes == 1 ? RIGHT : CHILD_DEAF);
}

int main(void)
{
    struct watched go, mine;
    int go_fds[2], said[2], fds[2], number;
    arm();
    struct ev_loop *loop = ev_loop_new(EVBACKEND_EPOLL);
    need(loop && ev_backend(loop) == EVBACKEND_EPOLL, "libev does not use epoll here");
    open_pipe(go_fds);
    need(pipe(said) == 0, "pipe failed");
    watch(loop, &go, go_fds[0]);

    pid_t pid = fork();
    need(pid >= 0, "fork failed");
    if (pid == 0) {
        worker(loop, &go, said[1]);
    }
    need(read(said[0], &number, sizeof number) == sizeof number, "the child ended early");

    open_pipe(fds);
    need(fds[0] == number, "the two pipes have different numbers");
    watch(loop, &mine, fds[0]);
    int foreign = mine.calls;
    tell(go_fds[1]);
    int child = ended(pid);

    tell(fds[1]);
    ev_run(loop, EVRUN_NOWAIT);
    if (foreign) {
        end(FOREIGN, "the parent's pipe is empty, its callback was called for the child's");
    }
    if (mine.bytes != 1) {
        end(DEAF, "the parent's pipe is ready, its ev_loop hears nothing");
    }
    if (child != RIGHT) {
        end(child, "the child ended with this code");
    }
    puts("parent and child each heard their own pipe, and only that");
    return RIGHT;
}
