/* freopen puts another file at a stream's number inside libc, past every hook: events of the old file
 * go on while another process holds it, and are taken for the new one's. Here to pin what is not
 * covered.
 *
 * ways: fork
 * bare: exit 12
 * guarded: exit 12; nothing
 */
#include "holders.h"
#include "poller.h"

int main(int argc, char **argv) {
    int poller = new_poller();
    struct line_pipe pipe = new_lasting_pipe();
    SETUP(add(poller, pipe.out, EPOLLIN, 1) == 0);
    FILE *stream = fdopen(pipe.out, "r");
    SETUP(stream != NULL);
    struct holder holder = hold(argc, argv);
    CHECK(11, freopen("/dev/null", "r", stream) != NULL && fileno(stream) == pipe.out);
    fill(pipe);
    CHECK(12, ready(poller) == 0);
    let_go(&holder);
    return 0;
}
