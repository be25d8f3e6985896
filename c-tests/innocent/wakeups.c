/* Children that write to their parent's pipes and mean it, in a program whose handlers write to pipes too. Whatever a
 * child writes outside of an inherited handler is its parent's: to the very pipe such a handler would write to, from a
 * handler of the child's own, after one that was left by a jump, beside one in another thread. And what an
 * inherited handler writes, where the other end is nobody's here, was put aside for something else, or is no wake-up.
 *
 * ways: after_fork reinstalled signal_call normal lock_pipe counter read_end_closed other_read_end other_write_end reused stderr_captured log unwatched one_nonblocking jumped jumped_before swapped other_thread born_in_handler vfork vfork_left raw_install nested_own default_between stale_nodefer stale_blocked stale_jumped longjmp longjmp_altstack builtin_altstack swapped_altstack born_in_copy
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded mode=strict: exit 0; nothing
 * guarded shared-wakeup=die handler-in-child=die: exit 0; nothing
 * bare differs: no
 */
#include "fork_ways.h"

#define CHILD_BY PLAIN_FORK
#include "writes_on_purpose.h"
