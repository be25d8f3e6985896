/* A thread reads a time zone at the fork, and with it holds the lock that localtime_r takes, as every logger does.
 *
 * ways: fork _Fork SYS_clone3 asm daemon thread handler grandchild
 * bare: exit 142
 * guarded vanished-threads=off: exit 0; interrupted-resolver repaired call=localtime_r x1
 * may skip: needs a seccomp listener
 */
#include "hang.h"
#include "timezone.h"

static int child(void *none) {
    (void)none;
    struct tm tm;
    CHECK(21, is_that_time(localtime_r(&A_TIME, &tm)));
    CHECK(22, is_that_time(localtime_r(&A_TIME, &tm)));
    return 0;
}

int main(int argc, char **argv) {
    struct parked parked;
    const struct way *way = which_way(argc, argv);
    park_in_tzset(&parked);
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    let_go(&parked);
    return 0;
}
