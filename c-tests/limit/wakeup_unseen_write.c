/* A handler that writes by instruction, or by a call inside libc (stdio, dprintf): no hook sees it, so its parent wakes as it does
 * bare. Pinned; that the handler ran in the child is said.
 *
 * ways: instruction dprintf stdio
 * bare: exit 12
 * guarded: exit 12; inherited-poller repaired x1, handler-in-child reported x1
 */
#include "wakeup.h"

static const char *way;
static FILE *stream;

static void wake_unseen(int number) {
    (void)number;
    handled++;
    if (strcmp(way, "dprintf") == 0)
        put_badly += dprintf(wake.in, "w") != 1;
    else if (strcmp(way, "stdio") == 0)
        put_badly += fputc('w', stream) == EOF;
    else
        put_badly += raw_write(wake.in, "w", 1) != 1;
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    way = argv[1];
    wake = wakeup_of("pipe");
    stream = fdopen(wake.in, "w");
    SETUP(stream != NULL && setvbuf(stream, NULL, _IONBF, 0) == 0);
    handle(SIGUSR1, wake_unseen, 0);
    tell_story(PLAIN_FORK, (struct story){.rounds = 1});
    return 0;
}
