/* The atfork handlers, alone: they tell the child of every fork that libc makes.
 *
 * ways: fork daemon forkpty thread handler grandchild
 * bare: exit 12
 * guarded identity=atfork: exit 0; inherited-poller repaired x1
 */
#include "wakes_parent.h"
