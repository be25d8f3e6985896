/* Eight threads look up localhost in a loop, while the process forks children that look it up too. Bare a good
 * part of them hang (12), half and more on a quiet machine. None hangs and none gets a wrong answer with all layers; with the healer alone; with the gate
 * alone, which then must be patient: eight threads that never rest leave one of them standing inside for a while.
 *
 * ways: fork
 * bare: exit 12
 * guarded vanished-threads=off: exit 0; interrupted-resolver repaired, interrupted-resolver reported x0+
 * guarded vanished-threads=off resolver_wait_ms=0: exit 0; interrupted-resolver repaired call=getaddrinfo
 * guarded vanished-threads=off resolver_heal=0 resolver_wait_ms=10000: exit 0; interrupted-resolver repaired call=fork, interrupted-resolver reported x0+
 */
#include "resolver.h"
#include "stress.h"

static void once(void) { CHECK(1, answers_right()); }

int main(void) {
    learn_answer();
    struct stress stress = run_stress(150, once, once);
    CHECK(11, stress.wrong == 0);
    CHECK(12, stress.hung * 5 <= stress.forked);
    CHECK(13, stress.hung == 0);
    return 0;
}
