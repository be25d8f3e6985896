"""CPython: an application's lock around getaddrinfo, as where resolvers are not thread-safe; a child takes it too.

A thread is in the middle of a long lookup when the process forks. The lock is a threading.Lock, which
is a semaphore (sem_init(3)) of value 1: the child's copy is never posted.

bare:    exit 12, every child hangs on the lock
guarded vanished-threads=off: exit 0; interrupted-resolver repaired, interrupted-resolver reported
guarded vanished-threads=off resolver_wait_ms=0: exit 0; interrupted-resolver repaired
guarded vanished-threads=off resolver_locks=0 resolver_wait_ms=0: exit 12; orphaned-lock reported
may skip: needs dns in nsswitch.conf
"""

import os
import threading

import parked
from resolving import Children, number, resolve


def child():
    with lock:
        return resolve() == expected


forks = number("FORKS", 5)
expected = resolve()
lock = threading.Lock()
children = Children()
with parked.fifo():
    parked.park(lock)
    for _ in range(forks):
        children.fork(child)
    code = children.verdict(share=1 / 2)
os._exit(code)  # the thread stands where it stands
