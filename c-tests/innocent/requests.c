/* POSIX AIO and getaddrinfo_a used as they should be: transfers on many descriptors, in order on one, every way to be told,
 * waits that are interrupted or too long, cancels that come in time.
 *
 * ways: none
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded mode=observe: exit 0; nothing
 * bare differs: no
 */
#include "late_services.h"

int main(void) { return services(NULL); }
