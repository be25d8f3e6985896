/* The fork hook, alone: it tells the child of a fork that the program calls itself.
 *
 * ways: fork _Fork thread handler grandchild
 * bare: exit 12
 * guarded identity=hook: exit 0; inherited-poller repaired x1
 */
#include "wakes_parent.h"
