/* A close that removes a registration, with its finding, in a thread with the smallest stack (PTHREAD_STACK_MIN,
 * 16 KiB, which also holds libc's own data of the thread).
 *
 * ways: close dup2 close_range
 * bare: exit 12
 * guarded: exit 0; phantom-event repaired x1
 */
#include "fork_ways.h"
#include "poller.h"
#include <limits.h>

static const char *way;
static struct line_pipe watched;

static int hold_on(void *none) {
    (void)none;
    tell(up);
    await(up);
    return 0;
}

static void *thread_main(void *none) {
    if (strcmp(way, "close") == 0)
        CHECK(20, close(watched.out) == 0);
    else if (strcmp(way, "dup2") == 0)
        CHECK(21, dup2(0, watched.out) == watched.out);
    else
        CHECK(22, close_range((unsigned)watched.out, (unsigned)watched.out, 0) == 0);
    return none;
}

int main(int argc, char **argv) {
    pthread_t thread;
    pthread_attr_t attributes;
    SETUP(argc == 2);
    way = argv[1];
    int poller = new_poller();
    watched = new_pipe();
    SETUP(add(poller, watched.out, EPOLLIN, 1) == 0);
    struct kid kid = start(PLAIN_FORK, hold_on, NULL);
    await(kid.line);
    SETUP(pthread_attr_init(&attributes) == 0);
    SETUP(pthread_attr_setstacksize(&attributes, (size_t)PTHREAD_STACK_MIN) == 0);
    SETUP(pthread_create(&thread, &attributes, thread_main, NULL) == 0 && pthread_join(thread, NULL) == 0);
    fill(watched);
    CHECK(12, ready(poller) == 0);
    tell(kid.line);
    ended(&kid);
    return 0;
}
