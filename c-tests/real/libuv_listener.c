/* libuv: a worker closes the server's listener, which it does not need, without
 * uv_loop_fork(3) before. uv_close() deletes the listener from the epoll instance, which is
 * the parent's too: clients connect and the parent never accepts.
 *
 * bare:    exit 12, the parent does not hear its listener
 * guarded: exit 0; inherited-poller repaired x1
 * guarded mode=observe: exit 12; inherited-poller reported x1 */

#include "real.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <uv.h>

static int connections, heard;

static void connected(uv_stream_t *listener, int status)
{
    (void)listener;
    connections += status == 0;
}

static void ready(uv_poll_t *poll, int status, int events)
{
    (void)poll;
    heard += status == 0 && (events & UV_READABLE);
}

/* The child goes on with the loop it inherited. */
static void worker(uv_loop_t *loop, uv_tcp_t *listener)
{
    uv_poll_t own;
    int fds[2];
    arm();
    uv_close((uv_handle_t *)listener, NULL);
    uv_run(loop, UV_RUN_NOWAIT);

    need(pipe(fds) == 0, "pipe failed");
    need(uv_poll_init(loop, &own, fds[0]) == 0, "libuv cannot watch a pipe");
    need(uv_poll_start(&own, UV_READABLE, ready) == 0, "libuv cannot watch a pipe");
    tell(fds[1]);
    uv_run(loop, UV_RUN_NOWAIT);
    _exit(heard == 1 ? RIGHT : CHILD_DEAF);
}

static int connect_to(uv_tcp_t *listener)
{
    struct sockaddr_storage address;
    int length = sizeof address;
    need(uv_tcp_getsockname(listener, (struct sockaddr *)&address, &length) == 0, "the listener has no address");
    int client = socket(AF_INET, SOCK_STREAM, 0);
    need(client >= 0 && connect(client, (struct sockaddr *)&address, (socklen_t)length) == 0, "connect failed");
    return client;
}

int main(void)
{
    uv_loop_t loop;
    uv_tcp_t listener;
    struct sockaddr_in anywhere = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd;
    arm();
    need(uv_loop_init(&loop) == 0, "uv_loop_init failed");
    need(uv_tcp_init(&loop, &listener) == 0, "uv_tcp_init failed");
    need(uv_tcp_bind(&listener, (struct sockaddr *)&anywhere, 0) == 0, "uv_tcp_bind failed");
    need(uv_listen((uv_stream_t *)&listener, 8, connected) == 0, "uv_listen failed");
    need(uv_fileno((uv_handle_t *)&listener, &fd) == 0, "uv_fileno failed");
    uv_run(&loop, UV_RUN_NOWAIT); /* libuv tells the kernel only when the loop runs */

    pid_t pid = fork();
    need(pid >= 0, "fork failed");
    if (pid == 0) {
        worker(&loop, &listener);
    }
    int child = ended(pid);

    connect_to(&listener);
    until_ready(fd);
    uv_run(&loop, UV_RUN_NOWAIT);
    if (connections == 0) {
        end(DEAF, "a client waits at the listener, the parent's uv_loop hears nothing");
    }
    if (child != RIGHT) {
        end(child, "the child ended with this code");
    }
    puts("the parent heard its client, the child its own pipe");
    return RIGHT;
}
