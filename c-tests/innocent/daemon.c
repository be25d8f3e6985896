/* A daemon from the book: everything closed that was open, two forks or daemon(3), a session, a file with its pid, and
 * only then a loop. It answers one request and ends. Started from a process that has a loop of its own.
 *
 * ways: daemon double closing_daemon
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded mode=strict: exit 0; nothing
 * bare differs: no
 */
#include "fork_ways.h"
#include "poller.h"

static void be_daemon(const char *way) {
    if (strncmp(way, "double", 6) == 0) {
        pid_t pid = fork();
        SETUP(pid != -1);
        if (pid != 0)
            _exit(0);
        SETUP(setsid() != -1);
        pid = fork();
        SETUP(pid != -1);
        if (pid != 0)
            _exit(0);
        umask(077);
        return;
    }
    SETUP(daemon(1, 1) == 0);
}

static void write_pid(void) {
    char text[32];
    int fd = open("pid", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int size = snprintf(text, sizeof text, "%d\n", (int)getpid());
    SETUP(fd != -1 && lockf(fd, F_TLOCK, 0) == 0 && write(fd, text, (size_t)size) == size);
}

int main(int argc, char **argv) {
    int lines[2], status;
    char byte, text[64] = "";
    SETUP(argc == 2);
    int poller = new_poller();
    struct line_pipe pipe = new_pipe();
    SETUP(add(poller, pipe.out, EPOLLIN, 1) == 0);
    SETUP(socketpair(AF_UNIX, SOCK_STREAM, 0, lines) == 0);
    SETUP(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
    pid_t pid = fork();
    SETUP(pid != -1);
    if (pid == 0) {
        alarm(ALARM_SECONDS);
        int line = dup2(lines[1], 3 < lines[1] ? lines[1] : 3);
        if (strcmp(argv[1], "closing_daemon") == 0) {
            for (int fd = 3; fd < 1024; fd++) {
                if (fd != line)
                    close(fd);
            }
        } else {
            close(poller);
            close(lines[0]);
        }
        be_daemon(argv[1]);
        alarm(ALARM_SECONDS);
        write_pid();
        int own = epoll_create1(EPOLL_CLOEXEC);
        struct epoll_event event;
        CHECK(20, add(own, line, EPOLLIN, 3) == 0);
        CHECK(21, write(line, "r", 1) == 1);
        CHECK(22, epoll_wait(own, &event, 1, -1) == 1 && event.data.u64 == 3);
        CHECK(23, read(line, &byte, 1) == 1);
        CHECK(24, write(line, &byte, 1) == 1);
        CHECK(25, close(line) == 0);
        CHECK(26, ready(own) == 0);
        _exit(0);
    }
    close(lines[1]);
    SETUP(waitpid(pid, &status, 0) == pid);
    say("starter %d\n", status);
    CHECK(27, read(lines[0], &byte, 1) == 1 && byte == 'r');
    int fd = open("pid", O_RDONLY);
    SETUP(fd != -1 && read(fd, text, sizeof text - 1) > 0);
    pid_t child = (pid_t)atoi(text);
    CHECK(28, write(lines[0], "x", 1) == 1 && read(lines[0], &byte, 1) == 1 && byte == 'x');
    CHECK(29, read(lines[0], &byte, 1) == 0);
    CHECK(30, waitpid(child, &status, 0) == child);
    say("daemon %d\n", status);
    fill(pipe);
    say("%d\n", (int)ready(poller));
    return 0;
}
