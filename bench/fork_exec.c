/* fork_exec COUNT PROGRAM|- [THREADS]: one fork, exec of PROGRAM and wait for each round; with `-` the child
 * calls _exit instead. The process holds an epoll instance with COUNT registered eventfds. With
 * THREADS it has used the resolver and has so many more threads, which have used it and do nothing any more.
 * Prints the nanoseconds of the round as the forking process sees them, and of its call of fork alone. */
#include "bench.h"
#include <netdb.h>
#include <pthread.h>

static void resolve(void)
{
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST};
    struct addrinfo *found;
    MUST(getaddrinfo("127.0.0.1", NULL, &hints, &found) == 0);
    freeaddrinfo(found);
}

_Noreturn static void *idles(void *barrier)
{
    resolve();
    pthread_barrier_wait(barrier);
    for (;;)
        pause();
}

static void start_threads(unsigned count)
{
    resolve();
    static pthread_barrier_t barrier;
    pthread_t thread;
    MUST(pthread_barrier_init(&barrier, NULL, count + 1) == 0);
    for (unsigned i = 0; i < count; i++)
        MUST(pthread_create(&thread, NULL, idles, &barrier) == 0);
    pthread_barrier_wait(&barrier);
}

int main(int argc, char **argv)
{
    MUST(argc == 3 || argc == 4);
    int count = atoi(argv[1]);
    char *program = argv[2];
    char *arguments[] = {program, NULL};
    char *environment[] = {NULL};

    alarm(300);
    raise_limit();
    int poller = epoll_create1(EPOLL_CLOEXEC);
    MUST(poller >= 0);
    register_eventfds(poller, count);
    if (argc == 4)
        start_threads((unsigned)atoi(argv[3]));

    while (next_round()) {
        int64_t start = now_ns();
        pid_t child = fork();
        if (child == 0) {
            if (program[0] == '-')
                _exit(0);
            execve(program, arguments, environment);
            _exit(127);
        }
        int64_t forked = now_ns();
        int status;
        MUST(child > 0 && waitpid(child, &status, 0) == child);
        int64_t end = now_ns();
        MUST(status == 0);
        dprintf(1, "%lld %lld\n", (long long)(end - start), (long long)(forked - start));
    }
    return 0;
}
