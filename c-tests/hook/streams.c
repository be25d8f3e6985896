/* fclose, pclose and popen: results, errno, exit status, and what was written arrives; streams over what a loop
 * watches, streams with errors, pclose of a stream that is none, and of one whose child was taken (which is said).
 *
 * ways: fresh forked child grown
 * bare: exit 0
 * guarded: exit 0; stolen-child-status reported call=pclose x1
 * bare differs: no
 */
#include "transcript.h"

static int run(void *none) {
    (void)none;
    int poller = epoll_create1(EPOLL_CLOEXEC), sockets[2];
    char text[64] = "";
    SETUP(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) == 0);
    SETUP(add(poller, sockets[0], EPOLLIN | EPOLLOUT, 1) == 0 && add(poller, sockets[1], EPOLLIN, 2) == 0);
    FILE *stream = fdopen(sockets[0], "r+");
    T(fputs("buffered\n", stream) >= 0);
    T(ready(poller));
    T(fclose(stream));
    T(fcntl(sockets[0], F_GETFD));
    T(ready(poller));
    T(read(sockets[1], text, sizeof text));
    say("%s", text);
    /* The number is closed under the stream, and is another's by now. */
    stream = fopen("/dev/null", "w");
    T(fileno(stream));
    T(fputs("lost", stream) >= 0);
    T(close(fileno(stream)));
    T(fclose(stream));
    stream = fopen("/dev/full", "w");
    SETUP(stream != NULL);
    T(fputs("full", stream) >= 0);
    T(fclose(stream));
    stream = fmemopen(text, sizeof text, "w");
    T(fileno(stream));
    T(fputs("memory", stream) >= 0);
    T(fclose(stream));
    say("%s\n", text);
    stream = tmpfile();
    T(fclose(stream));
    /* Children. */
    stream = popen("echo hello; exit 7", "r");
    SETUP(stream != NULL && add(poller, fileno(stream), EPOLLIN, 4) == 0);
    T(fgets(text, sizeof text, stream) == text);
    say("%s", text);
    T(pclose(stream));
    T(ready(poller));
    stream = popen("read line; test \"$line\" = hello", "w");
    T(fputs("hello\n", stream) >= 0);
    T(pclose(stream));
    T(popen("true", "x") == NULL);
    T(popen("true", "rw") == NULL);
    stream = popen("kill -TERM $$", "re");
    T(pclose(stream));
    stream = popen("exec sleep 0", "r");
    T(waitpid(-1, NULL, 0) > 0);
    T(pclose(stream));
    T(system("exit 9"));
    T(system("kill -KILL $$"));
    T(system(NULL));
    T(system("/nowhere/program 2>/dev/null"));
    signal(SIGCHLD, SIG_IGN);
    T(system("exit 3"));
    signal(SIGCHLD, SIG_DFL);
    return 0;
}

int main(int argc, char **argv) { return in_the_way(argc, argv, run); }
