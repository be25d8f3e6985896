/* What is made while a signal is held back does not get it blocked: programs, however they are started, threads, and
 * copies; nor does it when the signal comes meanwhile, which is then delivered here. The program sees its own mask.
 *
 * ways: system popen posix_spawn posix_spawnp fork_execve fork_execv fork_execvp fork_execvpe fork_execl fork_execle fork_execlp fork_fexecve vfork_execv vfork_execl clone_execv raw_execv thread thread_execv execv fails
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded reentrant-sigchld=repair: exit 0; nothing
 * bare differs: no
 */
#include "held_back.h"
#include <spawn.h>

#define COMMAND "sed -n s/^SigBlk:.//p /proc/self/status"
static char *arguments[] = {"sed", "-n", "s/^SigBlk:.//p", "/proc/self/status", NULL};
static char *environment[] = {"PATH=/usr/bin:/bin", NULL};
static const char *way;

static bool is(const char *name) { return strcmp(way, name) == 0; }
static bool ends(const char *end) {
    const char *place = strstr(way, end);
    return place && strlen(place) == strlen(end);
}

static void become(void) {
    if (ends("_execve"))
        execve("/bin/sed", arguments, environment);
    else if (ends("_execv") || is("execv"))
        execv("/bin/sed", arguments);
    else if (ends("_execvp"))
        execvp("sed", arguments);
    else if (ends("_execvpe"))
        execvpe("sed", arguments, environment);
    else if (ends("_execl"))
        execl("/bin/sed", "sed", "-n", arguments[2], arguments[3], NULL);
    else if (ends("_execle"))
        execle("/bin/sed", "sed", "-n", arguments[2], arguments[3], NULL, environment);
    else if (ends("_execlp"))
        execlp("sed", "sed", "-n", arguments[2], arguments[3], NULL);
    else if (ends("_fexecve"))
        fexecve(open("/bin/sed", O_RDONLY), arguments, environment);
    _exit(99);
}

static int becomes(void *none) {
    (void)none;
    become();
    return 0;
}

static void *in_thread(void *none) {
    if (is("thread_execv")) {
        pid_t child = vfork();
        if (child == 0)
            become();
        int status;
        SETUP(waitpid(child, &status, 0) == child && status == 0);
    } else {
        say("%016llx\n", kernel_mask());
    }
    return none;
}

static void ended_well(pid_t child) {
    int status;
    pid_t answer;
    do
        answer = waitpid(child, &status, 0);
    while (answer == -1 && errno == EINTR);
    CHECK(11, answer == child);
    CHECK(12, status == 0);
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    way = argv[1];
    hold_back(count_run, is("system") ? SA_RESTART : 0);
    pid_t child = -1;
    if (is("system")) {
        CHECK(13, system(COMMAND) == 0);
    } else if (is("popen")) {
        char line[64] = "";
        FILE *stream = popen(COMMAND, "r");
        while (raw_read(fileno(stream), line, sizeof line) == -1)
            SETUP(errno == EINTR);
        say("%s", line);
        while (pclose(stream) == -1 && errno == EINTR)
            continue;
    } else if (is("posix_spawn")) {
        CHECK(14, posix_spawn(&child, "/bin/sed", NULL, NULL, arguments, environment) == 0);
        ended_well(child);
    } else if (is("posix_spawnp")) {
        CHECK(15, posix_spawnp(&child, "sed", NULL, NULL, arguments, environment) == 0);
        ended_well(child);
    } else if (strncmp(way, "thread", 6) == 0) {
        pthread_t thread;
        SETUP(pthread_create(&thread, NULL, in_thread, NULL) == 0);
        SETUP(pthread_join(thread, NULL) == 0);
    } else if (strncmp(way, "fork_", 5) == 0) {
        child = fork();
        if (child == 0)
            become();
        ended_well(child);
    } else if (strncmp(way, "vfork_", 6) == 0) {
        child = vfork();
        if (child == 0)
            become();
        ended_well(child);
    } else if (is("raw_execv")) {
        child = asm_fork();
        if (child == 0)
            become();
        ended_well(child);
    } else if (is("clone_execv")) {
        struct kid kid = {-1, -1};
        for (size_t place = 0; place < WAY_COUNT; place++) {
            if (strcmp(WAYS[place].name, "clone") == 0)
                kid = start(&WAYS[place], becomes, NULL);
        }
        ended_well(kid.pid);
    } else if (is("fails")) {
        for (int turn = 0; turn < 3; turn++) {
            CHECK(16, execv("/nonexistent", arguments) == -1 && errno == ENOENT);
            CHECK(17, posix_spawn(&child, "/nonexistent", NULL, NULL, arguments, environment) == ENOENT);
        }
    } else {
        become();
    }
    sigset_t now;
    SETUP(pthread_sigmask(SIG_BLOCK, NULL, &now) == 0);
    CHECK(18, !sigismember(&now, SIGCHLD));
    return 0;
}
