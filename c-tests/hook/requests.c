/* The calls of POSIX AIO and of getaddrinfo_a, right and wrong: result and errno.
 *
 * ways: fresh forked child grown
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded mode=observe: exit 0; nothing
 * bare differs: no
 */
#include "late_rows.h"

int main(int argc, char **argv) { return in_the_way(argc, argv, rows); }
