/* With a log, one number is forkproof's: a program that opens more than two hundred descriptors finds one number
 * missing in the row, and one fewer before EMFILE. Pinned. Without a log there is no difference.
 *
 * ways: none
 * bare: exit 12
 * guarded: exit 0; nothing
 */
#include "check.h"

int main(void) {
    struct rlimit limit;
    SETUP(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = 400;
    SETUP(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    int last = 2, gaps = 0;
    for (int fd; (fd = open("/dev/null", O_RDONLY)) != -1; last = fd)
        gaps += fd - last - 1;
    CHECK(12, gaps == 1);
    CHECK(13, errno == EMFILE && last == 399);
    return 0;
}
