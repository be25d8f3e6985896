/* The mask a program sees is the one it set, also where SIGCHLD is held back for it between a delivery and the next time it is
 * idle: the kernel's mask then differs, and what libc tells does not.
 *
 * ways: fresh forked child grown thread vfork
 * bare: exit 0
 * guarded reentrant-sigchld=repair: exit 0; nothing
 * bare differs: no
 */
#include "masks_shown.h"

int main(int argc, char **argv) {
    kernel_too = false;
    return in_every_way(argc, argv, mask_calls);
}
