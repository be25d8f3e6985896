/* As closed, after a fork that no hook of the parent can see. The library cannot know
 * then that another process holds the file, and says nothing. Here to pin what is not covered.
 *
 * ways: asm
 * bare: exit 51
 * guarded: exit 51; nothing
 */
#include "closed.c"
