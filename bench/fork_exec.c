/* fork_exec COUNT PROGRAM|-: one fork, exec of PROGRAM and wait for each round; with `-` the child
 * calls _exit instead. The process holds an epoll instance with COUNT registered eventfds.
 * Prints the nanoseconds of the round as the forking process sees them. */
#include "bench.h"

int main(int argc, char **argv)
{
    MUST(argc == 3);
    int count = atoi(argv[1]);
    char *program = argv[2];
    char *arguments[] = {program, NULL};
    char *environment[] = {NULL};

    alarm(300);
    raise_limit();
    int poller = epoll_create1(EPOLL_CLOEXEC);
    MUST(poller >= 0);
    register_eventfds(poller, count);

    while (next_round()) {
        int64_t start = now_ns();
        pid_t child = fork();
        if (child == 0) {
            if (program[0] == '-')
                _exit(0);
            execve(program, arguments, environment);
            _exit(127);
        }
        int status;
        MUST(child > 0 && waitpid(child, &status, 0) == child);
        int64_t end = now_ns();
        MUST(status == 0);
        dprintf(1, "%lld\n", (long long)(end - start));
    }
    return 0;
}
