/* kcmp(2) is refused in a child whose fork passed none of libc's forks: it cannot be told from a child
 * made with CLONE_FILES, where a repair would hit the parent. In doubt it is left alone, and reported. Here to
 * pin what is not covered.
 *
 * ways: SYS_fork SYS_clone SYS_clone3 asm clone
 * bare: exit 12
 * guarded: exit 12; inherited-poller reported x2
 * may skip: needs seccomp filters
 */
#include "no_kcmp.c"
