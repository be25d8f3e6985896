/* The fork hook, alone: it cannot see a fork inside libc, nor a bare system call. Pinned, so that it is
 * known what the other mechanisms are for.
 *
 * ways: SYS_fork SYS_clone SYS_clone3 asm clone forkpty
 * bare: exit 12
 * guarded identity=hook: exit 12; nothing
 */
#include "wakes_parent.h"
