/* A child of a process with one lookup under way, in the middle of which its thread holds a lock of the resolver's:
 * what was inherited ends as canceled however it is looked at, and new lookups
 * are made, past the lock. The parent's goes on.
 *
 * ways: all
 * bare: exit 11
 * guarded vanished-threads=off: exit 0; late-completion repaired x3, interrupted-resolver repaired
 * guarded late-completion=report vanished-threads=off: exit 11; late-completion reported call=getaddrinfo_a x1
 * guarded mode=observe vanished-threads=off: exit 11; late-completion reported x1
 * may skip: needs a seccomp listener
 */
#include "late_lookup.h"

static struct lookup lookup;
static struct gaicb canceled, never;

static bool is_localhost(const struct gaicb *block) {
    return gai_error((struct gaicb *)(uintptr_t)block) == 0 && block->ar_result != NULL;
}

static int child(void *none) {
    (void)none;
    struct gaicb numeric = {.ar_name = "127.0.0.1", .ar_request = &(struct addrinfo){.ai_flags = AI_NUMERICHOST}};
    struct gaicb *asked[] = {&numeric, NULL};
    CHECK(20, getaddrinfo_a(GAI_NOWAIT, asked, 2, NULL) == 0);
    CHECK(11, gai_error(lookup.block) == EAI_CANCELED && gai_error(lookup.block) == EAI_CANCELED);
    CHECK(21, gai_cancel(lookup.block) == EAI_ALLDONE);
    canceled.__return = EAI_INPROGRESS; /* as libc leaves it */
    CHECK(22, gai_cancel(&canceled) == EAI_CANCELED && gai_error(&canceled) == EAI_CANCELED);
    CHECK(23, gai_cancel(&never) == EAI_ALLDONE);
    while (gai_error(&numeric) == EAI_INPROGRESS)
        gai_suspend((const struct gaicb *const *)asked, 2, NULL);
    CHECK(24, is_localhost(&numeric));
    struct gaicb name = {.ar_name = "localhost"}, nobody = {.ar_name = NULL};
    struct gaicb *both[] = {&name, &nobody};
    CHECK(25, getaddrinfo_a(GAI_WAIT, both, 2, NULL) == 0);
    CHECK(26, is_localhost(&name) && gai_error(&nobody) == EAI_NONAME);
    CHECK(27, gai_suspend((const struct gaicb *const *)both, 2, NULL) == EAI_ALLDONE);
    return 0;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    begin(&lookup);
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    subject = -1;
    is_given_back = true;
    pthread_t thread;
    SETUP(pthread_create(&thread, NULL, goes_on_when_awaited, &lookup) == 0);
    while (gai_error(lookup.block) == EAI_INPROGRESS)
        sched_yield();
    CHECK(41, is_localhost(lookup.block));
    return 0;
}
