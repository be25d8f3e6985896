/* libc closes a registered descriptor inside itself, past every hook of close, while another process
 * holds its file: fclose of a stream, syscall(SYS_close). The exit status is 20 + one bit for each
 * of these after which events went on.
 *
 * ways: fork _Fork SYS_fork SYS_clone SYS_clone3 clone daemon forkpty thread handler grandchild vfork_exec posix_spawn system popen
 * bare: exit 23
 * guarded: exit 0; phantom-event repaired
 */
#include "holders.h"
#include "poller.h"

int main(int argc, char **argv) {
    int poller = new_poller();
    struct line_pipe pipes[2];
    for (int place = 0; place < 2; place++) {
        pipes[place] = new_lasting_pipe();
        SETUP(add(poller, pipes[place].out, EPOLLIN, (uint64_t)place) == 0);
    }
    FILE *stream = fdopen(pipes[0].out, "r");
    SETUP(stream != NULL);
    struct holder holder = hold(argc, argv);
    CHECK(1, fclose(stream) == 0);
    CHECK(2, syscall(SYS_close, pipes[1].out) == 0);
    fill(pipes[0]);
    fill(pipes[1]);
    int64_t seen = ready(poller);
    CHECK(11, seen >= 0);
    let_go(&holder);
    return seen ? 20 + (int)seen : 0;
}
