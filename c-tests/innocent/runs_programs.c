/* A parent with a busy loop runs programs, in every way there is, with its descriptors close-on-exec or closed by
 * hand in the child; what the programs print comes back through pipes that the loop watches.
 *
 * ways: fork_exec vfork_exec posix_spawn system popen close_loop fcntl_loop closefrom close_range proc_loop sysconf_loop by_number
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded mode=strict: exit 0; nothing
 * bare differs: no
 */
#include "fork_ways.h"
#include "poller.h"
#include <dirent.h>
#include <spawn.h>

static const char *way;
static int poller;

static void close_what_is_open(int output) {
    dup2(output, 1);
    if (strcmp(way, "close_loop") == 0) {
        for (int fd = 3; fd < 1024; fd++)
            close(fd);
    } else if (strcmp(way, "fcntl_loop") == 0) {
        for (int fd = 3; fd < 1024; fd++) {
            if (fcntl(fd, F_GETFD) != -1)
                close(fd);
        }
    } else if (strcmp(way, "sysconf_loop") == 0) {
        for (int fd = (int)sysconf(_SC_OPEN_MAX) > 4096 ? 4096 : (int)sysconf(_SC_OPEN_MAX); fd > 2; fd--)
            close(fd);
    } else if (strcmp(way, "closefrom") == 0) {
        closefrom(3);
    } else if (strcmp(way, "close_range") == 0) {
        CHECK(20, close_range(3, ~0U, 0) == 0);
    } else if (strcmp(way, "by_number") == 0) {
        CHECK(21, syscall(SYS_close_range, 3, ~0U, 0) == 0);
    } else if (strcmp(way, "proc_loop") == 0) {
        DIR *directory = opendir("/proc/self/fd");
        SETUP(directory != NULL);
        for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
            int fd = atoi(entry->d_name);
            if (fd > 2 && fd != dirfd(directory))
                close(fd);
        }
        closedir(directory);
    }
}

static pid_t run_program(int output) {
    char *arguments[] = {"sh", "-c", "echo from $0 $((6 * 7))", (char *)way, NULL}, *environment[] = {NULL};
    posix_spawn_file_actions_t actions;
    pid_t pid;
    if (strcmp(way, "posix_spawn") == 0) {
        SETUP(posix_spawn_file_actions_init(&actions) == 0 && posix_spawn_file_actions_adddup2(&actions, output, 1) == 0);
        SETUP(posix_spawn(&pid, "/bin/sh", &actions, NULL, arguments, environment) == 0);
        posix_spawn_file_actions_destroy(&actions);
        return pid;
    }
    pid = strcmp(way, "vfork_exec") == 0 ? vfork() : fork();
    if (pid == 0) {
        close_what_is_open(output);
        execv("/bin/sh", arguments);
        _exit(99);
    }
    return pid;
}

/* Reads until the writers are gone, as the loop says. */
static void drain(int fd) {
    struct epoll_event event;
    char text[256];
    ssize_t size;
    SETUP(add(poller, fd, EPOLLIN, 5) == 0);
    do {
        CHECK(22, epoll_wait(poller, &event, 1, -1) == 1 && event.data.u64 == 5);
        size = read(fd, text, sizeof text - 1);
        CHECK(23, size >= 0);
        text[size] = '\0';
        say("%s", text);
    } while (size > 0);
}

int main(int argc, char **argv) {
    struct line_pipe others[20];
    char command[128];
    SETUP(argc == 2);
    way = argv[1];
    poller = new_poller();
    for (int place = 0; place < 20; place++) {
        others[place] = new_pipe();
        SETUP(add(poller, others[place].out, EPOLLIN, (uint64_t)place) == 0);
    }
    for (int turn = 0; turn < 5; turn++) {
        int ends[2], status = 0;
        snprintf(command, sizeof command, "echo from %s $((6 * 7))", way);
        if (strcmp(way, "popen") == 0) {
            FILE *stream = popen(command, "r");
            SETUP(stream != NULL);
            drain(fileno(stream));
            say("%d\n", pclose(stream));
        } else if (strcmp(way, "system") == 0) {
            say("%d\n", system(command));
        } else {
            SETUP(pipe2(ends, O_CLOEXEC) == 0);
            pid_t pid = run_program(ends[1]);
            CHECK(24, pid > 0);
            close(ends[1]);
            drain(ends[0]);
            close(ends[0]);
            CHECK(25, waitpid(pid, &status, 0) == pid);
            say("%d\n", status);
        }
        fill(others[turn]);
        say("%x\n", (unsigned)ready(poller));
        SETUP(raw_read(others[turn].out, command, 1) == 1);
    }
    for (int place = 0; place < 20; place++)
        CHECK(26, close(others[place].out) == 0);
    say("%d\n", (int)ready(poller));
    return 0;
}
