/* start_up PROGRAM [LIBRARY]: one posix_spawn of PROGRAM and wait for each round, with LIBRARY
 * preloaded into it if one is named. This process itself is never preloaded. Prints nanoseconds. */
#include "bench.h"
#include <spawn.h>

int main(int argc, char **argv)
{
    MUST(argc == 2 || argc == 3);
    char preload[4096];
    char *environment[] = {NULL, NULL};
    if (argc == 3) {
        MUST(snprintf(preload, sizeof preload, "LD_PRELOAD=%s", argv[2]) < (int)sizeof preload);
        environment[0] = preload;
    }
    char *arguments[] = {argv[1], NULL};

    alarm(300);
    while (next_round()) {
        pid_t child;
        int status;
        int64_t start = now_ns();
        MUST(posix_spawn(&child, argv[1], NULL, NULL, arguments, environment) == 0);
        MUST(waitpid(child, &status, 0) == child);
        int64_t end = now_ns();
        MUST(status == 0);
        dprintf(1, "%lld\n", (long long)(end - start));
    }
    return 0;
}
