/* The mask a program sees is the one it set, through every call that sets or tells it, and the kernel's is no other; wrong
 * arguments included. What waits and what was blocked comes when it should.
 *
 * ways: fresh forked child grown thread vfork
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded mode=observe: exit 0; nothing
 * bare differs: no
 */
#include "masks_shown.h"

int main(int argc, char **argv) { return in_every_way(argc, argv, mask_calls); }
