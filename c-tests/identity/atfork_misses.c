/* The atfork handlers, alone: _Fork and the bare system calls do not run them. Pinned, so that it is known
 * what a kernel without MADV_WIPEONFORK costs.
 *
 * ways: _Fork SYS_fork SYS_clone SYS_clone3 asm clone
 * bare: exit 12
 * guarded identity=atfork: exit 12; nothing
 */
#include "wakes_parent.h"
