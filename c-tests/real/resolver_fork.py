"""CPython: threads resolve a name while os.fork() makes children that resolve it too.

Nothing here is out of the ordinary: getaddrinfo lets go of the interpreter lock, so that the fork
may come at any moment of another thread's call. FORKS=1500 makes a figure of it.

bare:    exit 12, more than half of the children hang
guarded vanished-threads=off: exit 0; interrupted-resolver repaired, perhaps interrupted-resolver reported
guarded vanished-threads=off resolver_wait_ms=0: exit 0; interrupted-resolver repaired, perhaps interrupted-resolver reported
guarded vanished-threads=off resolver_wait_ms=1000 resolver_heal=0: exit 0; interrupted-resolver repaired, perhaps interrupted-resolver reported
guarded vanished-threads=off mode=observe: exit 12; interrupted-resolver reported
"""

import sys
import time

from resolving import Children, number, resolve, resolving

forks = number("FORKS", 100)
expected = resolve()
children = Children()
with resolving(threads=8):
    for _ in range(forks):
        time.sleep(0.001)  # waits for nothing: between two forks a server sleeps, and its threads go on
        children.fork(lambda: resolve() == expected)
sys.exit(children.verdict(share=1 / 2))
