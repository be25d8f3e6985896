/* The same waits as in innocent/lookups, in a child of a process whose helper thread idles; and a cancel that comes too late, of
 * the child's own service. Bare the lookup never begins.
 *
 * ways: fork _Fork asm
 * bare: exit 142
 * guarded vanished-threads=off: exit 0; late-completion repaired call=getaddrinfo_a x1, late-completion repaired call=gai_cancel x1
 * may skip: needs a seccomp listener
 */
#include "hang.h"
#include "late_lookup.h"

static int child(void *none) {
    CHECK(30, lookups(none) == 0);
    static struct lookup lookup;
    has_asked = false;
    begin(&lookup);
    watch(goes_on_when_awaited, &lookup);
    CHECK(31, gai_cancel(lookup.block) == EAI_ALLDONE && gai_error(lookup.block) == 0);
    give_back(lookup.block);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST};
    struct gaicb number = {.ar_name = "127.0.0.1", .ar_request = &hints}, *list[] = {&number};
    SETUP(getaddrinfo_a(GAI_WAIT, list, 1, NULL) == 0);
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    return 0;
}
