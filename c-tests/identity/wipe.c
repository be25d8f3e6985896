/* The page that the kernel wipes, alone: it tells the child of every way to fork there is.
 *
 * ways: all
 * bare: exit 12
 * guarded identity=wipe: exit 0; inherited-poller repaired x1
 */
#include "wakes_parent.h"
