/* A child that uses its parent's ring in memory is named when it ends, by what its page tables say. One that is killed,
 * or runs another program, or goes on living, is not.
 *
 * ways: killed execs lives
 * bare: exit 12
 * guarded: exit 12; nothing
 * may skip: needs io_uring
 */
#include "rings.h"

static struct ring ring;
static const char *way;

static int child(void *none) {
    (void)none;
    CHECK(20, take(&ring) == 1);
    tell(up);
    if (strcmp(way, "killed") == 0)
        raise(SIGKILL);
    if (strcmp(way, "execs") == 0)
        execl("/bin/true", "true", NULL);
    await(up);
    return 21;
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    way = argv[1];
    ring = new_ring(0);
    submit(&ring, 1);
    struct kid kid = start(PLAIN_FORK, child, NULL);
    await(kid.line);
    if (strcmp(way, "lives") == 0)
        SETUP(kill(kid.pid, SIGKILL) == 0);
    SETUP(waitpid(kid.pid, NULL, 0) == kid.pid);
    CHECK(12, take(&ring) == 1);
    return 0;
}
