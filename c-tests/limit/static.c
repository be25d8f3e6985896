/* A static program has no loader that would preload us: nothing happens, nothing is said, and it runs as it does bare.
 *
 * ways: fork SYS_clone clone
 * bare: exit 12
 * guarded: exit 12; nothing
 * bare differs: no
 */
#include "wakes_parent.h"
