/* Waits for a lookup of getaddrinfo_a that are too long, or interrupted, or end well.
 *
 * ways: none
 * bare: exit 0
 * guarded: exit 0; nothing
 * bare differs: no
 * may skip: needs a seccomp listener
 */
#include "late_lookup.h"

int main(void) { return lookups(NULL); }
