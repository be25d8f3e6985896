/* posix_spawn, system and popen make a visitor inside libc, which no hook sees: its closes and dups, in file
 * actions or by the shell, leave the parent's records alone. In the first process, and in a child that has
 * touched nothing yet.
 *
 * ways: posix_spawn posix_spawnp system popen posix_spawn.child system.child popen.child
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired
 * guarded identity=atfork: exit 0; inherited-poller repaired
 */
#include "intact.h"
#include <spawn.h>

static void spawn(int (*call)(pid_t *, const char *, const posix_spawn_file_actions_t *, const posix_spawnattr_t *,
                              char *const[], char *const[])) {
    char *arguments[] = {"true", NULL}, *environment[] = {"PATH=/bin:/usr/bin", NULL};
    posix_spawn_file_actions_t actions;
    pid_t pid;
    int status;
    SETUP(posix_spawn_file_actions_init(&actions) == 0);
    SETUP(posix_spawn_file_actions_addclose(&actions, pipes[0].out) == 0);
    SETUP(posix_spawn_file_actions_adddup2(&actions, pipes[1].in, pipes[1].out) == 0);
    SETUP(posix_spawn_file_actions_addopen(&actions, pipes[2].out, "/dev/null", O_RDONLY, 0) == 0);
    SETUP(posix_spawn_file_actions_addclose(&actions, poller) == 0);
    SETUP(posix_spawn_file_actions_addclosefrom_np(&actions, FAR) == 0);
    CHECK(30, call(&pid, "/bin/true", &actions, NULL, arguments, environment) == 0);
    CHECK(31, waitpid(pid, &status, 0) == pid && status == 0);
    /* One that fails: the visitor ends without a program. */
    CHECK(32, call(&pid, "/nowhere/true", &actions, NULL, arguments, environment) == ENOENT);
    posix_spawn_file_actions_destroy(&actions);
}

static int spawned(void *way) {
    char command[256];
    snprintf(command, sizeof command, "exec %d<&- %d<&- %d<&- 9>/dev/null; exit 3", pipes[0].out % 10, pipes[1].out % 10, poller % 10);
    if (strncmp(way, "posix_spawnp", 12) == 0) {
        spawn(posix_spawnp);
    } else if (strncmp(way, "posix_spawn", 11) == 0) {
        spawn(posix_spawn);
    } else if (strncmp(way, "system", 6) == 0) {
        CHECK(33, code_of(system(command)) == 3);
        CHECK(34, system(NULL) != 0);
    } else {
        FILE *stream = popen(command, "r");
        CHECK(35, stream != NULL);
        CHECK(36, code_of(pclose(stream)) == 3);
    }
    intact();
    return 0;
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    set_up_loop();
    if (strchr(argv[1], '.') == NULL)
        return spawned(argv[1]);
    struct kid kid = start(PLAIN_FORK, spawned, argv[1]);
    ended(&kid);
    return 0;
}
