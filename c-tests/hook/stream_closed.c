/* A registered socket is closed by fclose, its number is taken by another file, and the process forks: the child's
 * loop must watch what its parent watches, and not the new file under the old number. The same with pclose, and
 * with a loop under a stream.
 *
 * ways: fclose pclose loop
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired x1
 */
#include "fork_ways.h"
#include "poller.h"

static int poller;
static struct line_pipe live_one, stranger;

static int child(void *list) {
    struct interest_list own, *parents = list;
    struct line_pipe mine = new_pipe();
    CHECK(20, ready(poller) == BIT(1));
    read_list(poller, &own);
    CHECK(21, list_length(&own) == list_length(parents));
    CHECK(22, same_list(&own, parents));
    CHECK(23, add(poller, stranger.out, EPOLLIN, 8) == 0);
    CHECK(24, add(poller, mine.out, EPOLLIN, 7) == 0);
    fill(mine);
    tell(up);
    await(up);
    return 0;
}

int main(int argc, char **argv) {
    static struct interest_list parents;
    FILE *stream;
    SETUP(argc == 2);
    poller = new_poller();
    live_one = new_pipe();
    SETUP(add(poller, live_one.out, EPOLLIN, 1) == 0);
    fill(live_one);
    int pair[2] = {-1, -1}, number;
    if (strcmp(argv[1], "pclose") == 0) {
        stream = popen("cat >/dev/null", "w");
        SETUP(stream != NULL && add(poller, number = fileno(stream), EPOLLIN, 9) == 0);
        SETUP(pclose(stream) == 0);
    } else if (strcmp(argv[1], "fclose") == 0) {
        SETUP(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
        SETUP(add(poller, number = pair[0], EPOLLIN, 9) == 0);
        stream = fdopen(pair[0], "r+");
        SETUP(fclose(stream) == 0);
    } else {
        int inner = new_poller();
        SETUP(add(inner, live_one.out, EPOLLIN, 9) == 0 && add(poller, number = inner, EPOLLIN, 9) == 0);
        stream = fdopen(inner, "r");
        SETUP(fclose(stream) == 0);
    }
    while (raw_dup_above(0, 0) < number) /* until it is the next */
        continue;
    raw_close(number);
    stranger = new_pipe();
    SETUP(stranger.out == number);
    fill(stranger);
    CHECK(11, ready(poller) == BIT(1));
    read_list(poller, &parents);
    SETUP(list_length(&parents) == 1);
    struct kid kid = start(PLAIN_FORK, child, &parents);
    await(kid.line);
    CHECK(12, ready(poller) == BIT(1));
    tell(kid.line);
    ended(&kid);
    return 0;
}
