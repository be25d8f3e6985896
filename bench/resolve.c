/* resolve NAME TIMES: TIMES look-ups of NAME and as many freeaddrinfo for each round, with the question
 * that most programs ask (AI_ADDRCONFIG). Prints the nanoseconds of the round. */
#include "bench.h"
#include <netdb.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
    MUST(argc == 3);
    long times = atol(argv[2]);
    MUST(times > 0);
    const struct addrinfo hints = {.ai_flags = AI_ADDRCONFIG, .ai_socktype = SOCK_STREAM};

    alarm(300);
    while (next_round()) {
        int64_t start = now_ns();
        for (long i = 0; i < times; i++) {
            struct addrinfo *found;
            MUST(getaddrinfo(argv[1], NULL, &hints, &found) == 0);
            freeaddrinfo(found);
        }
        int64_t end = now_ns();
        dprintf(1, "%lld\n", (long long)(end - start));
    }
    return 0;
}
