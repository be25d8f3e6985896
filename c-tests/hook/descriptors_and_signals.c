/* What a process can see of itself, without a log: its open descriptors with their flags, its signals caught,
 * ignored, blocked and waiting, its threads, its limits. Before and after forks, and in a child whose loop was
 * mended.
 *
 * ways: none
 * bare: exit 0
 * guarded: exit 0; nothing
 * bare differs: no
 * stderr: not compared
 */
#include "transcript.h"
#include <dirent.h>

static void show_file(const char *path, const char *const *keys) {
    char text[8192] = "";
    int fd = (int)raw_call(SYS_openat, AT_FDCWD, path, O_RDONLY);
    SETUP(fd != -1);
    for (long size = 1, total = 0; size > 0; total += size)
        size = raw_read(fd, text + total, sizeof text - 1 - (size_t)total);
    raw_close(fd);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        for (const char *const *key = keys; *key; key++) {
            if (strncmp(line, *key, strlen(*key)) == 0)
                say("  %s\n", line);
        }
    }
}

/* Not FDSize: the table grew for the log of the image before this one, and exec keeps its size. */
static void show_process(const char *when) {
    static const char *const SIGNALS[] = {"Threads", "SigPnd", "ShdPnd", "SigBlk", "SigIgn", "SigCgt", NULL};
    static const char *const FLAGS[] = {"pos", "flags", "tfd", NULL};
    say("%s\n", when);
    show_file("/proc/self/status", SIGNALS);
    for (int fd = 0; fd < 1024; fd++) {
        char path[64], target[128] = "";
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        if (raw_call(SYS_readlinkat, AT_FDCWD, path, target, sizeof target - 1) == -1)
            continue;
        char *colon = strpbrk(target, ":");
        if (colon != NULL && colon[1] != '[')
            colon = NULL;
        if (colon != NULL && strncmp(target, "anon", 4) != 0)
            *colon = '\0'; /* inode numbers of pipes and sockets */
        say("  %d %s\n", fd, fd < 3 ? "given" : target);
        snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
        if (fd > 2)
            show_file(path, FLAGS);
    }
}

static int child(void *poller) {
    show_process("a child");
    T(ready(*(int *)poller));
    show_process("after its first use of the loop");
    return 0;
}

int main(int argc, char **argv) {
    (void)argc;
    const char *options = getenv("FORKPROOF_OPTIONS");
    if (options != NULL && strstr(options, "log_path") != NULL) {
        SETUP(setenv("FORKPROOF_OPTIONS", "", 1) == 0);
        execv("/proc/self/exe", argv);
        SETUP(false);
    }
    show_process("at first");
    int poller = epoll_create1(0);
    struct line_pipe pipe = new_pipe();
    SETUP(add(poller, 0, EPOLLIN, 1) == -1 && dup(poller) != -1);
    (void)pipe;
    show_process("with a loop");
    struct kid kid = start(PLAIN_FORK, child, &poller);
    ended(&kid);
    show_process("with a child");
    T(close(poller));
    show_process("without a loop");
    return 0;
}
