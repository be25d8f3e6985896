/* All that libc's services promise, in a child of a process whose helper threads of both are there and idle: the child's own
 * service keeps it. Bare the first transfer never ends.
 *
 * ways: fork _Fork asm thread grandchild
 * bare: exit 142
 * guarded vanished-threads=off: exit 0; late-completion repaired call=aio_read x1, late-completion repaired call=getaddrinfo_a x1
 */
#include "hang.h"
#include "late_services.h"

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST};
    struct gaicb lookup = {.ar_name = "127.0.0.1", .ar_request = &hints}, *lookups[] = {&lookup};
    SETUP(getaddrinfo_a(GAI_WAIT, lookups, 1, NULL) == 0);
    struct aiocb nothing = writing(new_wire().in, "", 0);
    SETUP(aio_write(&nothing) == 0 && outcome_of(&nothing) == 0);
    struct kid kid = start(way, services, NULL);
    ended(&kid);
    return 0;
}
