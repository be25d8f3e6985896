/* The hooks of fork, _Fork, forkpty and daemon, alone: they tell the child.
 *
 * ways: fork _Fork daemon forkpty thread handler grandchild
 * bare: exit 12
 * guarded identity=hook: exit 0; inherited-poller repaired x1
 */
#include "wakes_parent.h"
