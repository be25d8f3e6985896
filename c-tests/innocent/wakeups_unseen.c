/* As wakeups.c, where the child is made by a system call by instruction: no hook sees it, no handler is watched, and what
 * thread runs a handler is told by its stack alone.
 *
 * ways: after_fork reinstalled signal_call normal lock_pipe counter read_end_closed other_read_end other_write_end reused stderr_captured log unwatched one_nonblocking jumped jumped_before swapped other_thread born_in_handler vfork vfork_left raw_install nested_own default_between stale_nodefer stale_blocked stale_jumped longjmp longjmp_altstack builtin_altstack swapped_altstack born_in_copy
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded mode=strict: exit 0; nothing
 * bare differs: no
 */
#include "fork_ways.h"

static const struct way BY_INSTRUCTION = {"asm", asm_fork, NULL};
#define CHILD_BY (&BY_INSTRUCTION)
#include "writes_on_purpose.h"
