"""multiprocessing, start method fork: the children of Process resolve names, as threads of the parent do.

FORKS=1500 makes a figure of it.

bare:    exit 12, more than half of the children hang
guarded vanished-threads=off: exit 0; interrupted-resolver repaired, perhaps interrupted-resolver reported
guarded vanished-threads=off resolver_wait_ms=0: exit 0; interrupted-resolver repaired
"""

import collections
import multiprocessing
import signal
import sys
import time

from resolving import AT_ONCE, CHILD_SECONDS, RIGHT, WRONG, arm, number, resolve, resolving, verdict


def child(expected):
    arm(CHILD_SECONDS)
    sys.exit(RIGHT if resolve() == expected else WRONG)


forks = number("FORKS", 100)
expected = resolve()
fork = multiprocessing.get_context("fork")
ends = collections.Counter()
with resolving(threads=16):
    for first in range(0, forks, AT_ONCE):
        processes = [fork.Process(target=child, args=(expected,)) for _ in range(first, min(first + AT_ONCE, forks))]
        for process in processes:
            time.sleep(0.001)  # waits for nothing: between two forks a server sleeps, and its threads go on
            process.start()
        for process in processes:
            process.join()
            ends[process.exitcode] += 1
sys.exit(verdict(ends.total(), ends[-signal.SIGALRM], ends[RIGHT], share=1 / 2))
