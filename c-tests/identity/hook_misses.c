/* The hooks of fork, alone: they cannot see a bare system call, nor libc's clone. Pinned, so that it is
 * known what the other mechanisms are for.
 *
 * ways: SYS_fork SYS_clone SYS_clone3 asm clone
 * bare: exit 12
 * guarded identity=hook: exit 12; nothing
 */
#include "wakes_parent.h"
