/* As closed, after a fork that no hook of the parent sees: a raw system call. The library cannot
 * know then that another process holds the file, and says nothing. Here to pin what is not covered.
 *
 * ways: SYS_fork SYS_clone SYS_clone3 asm
 * bare: exit 51
 * guarded: exit 51; nothing
 */
#include "closed.c"
