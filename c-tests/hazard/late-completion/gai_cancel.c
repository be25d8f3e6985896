/* A lookup is canceled that a thread is at, and its block given back: libc writes the answer to it later, which is a fault
 * here, where the block's page is gone. Guarded the cancel waits for the end.
 *
 * ways: none
 * bare: killed SIGSEGV
 * guarded: exit 0; late-completion repaired call=gai_cancel x1
 * guarded cancel_wait_ms=0: killed SIGSEGV; late-completion reported x1
 * guarded late-completion=off: killed SIGSEGV; nothing
 * guarded late-completion=report: killed SIGSEGV; late-completion reported call=gai_cancel x1
 * guarded late-completion=poison: killed SIGSEGV; late-completion reported x1
 * guarded mode=observe: killed SIGSEGV; late-completion reported x1
 * guarded late-completion=die: exit 66; late-completion died x1
 * may skip: needs a seccomp listener
 */
#include "late_lookup.h"

int main(void) {
    struct lookup lookup;
    begin(&lookup);
    watch(goes_on_when_awaited, &lookup);
    int answer = gai_cancel(lookup.block);
    CHECK(11, answer == EAI_NOTCANCELED || (answer == EAI_ALLDONE && gai_error(lookup.block) == 0));
    if (answer == EAI_ALLDONE)
        freeaddrinfo(lookup.block->ar_result);
    give_back(lookup.block);
    if (answer == EAI_NOTCANCELED)
        await_fault();
    return 0;
}
