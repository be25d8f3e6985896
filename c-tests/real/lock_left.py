"""CPython: as lock_held, but the thread comes out of getaddrinfo while fork waits for it, and still holds the lock.

It cannot let go of it: that takes the interpreter lock, which the forking thread has. So whoever waits at
fork until nobody resolves has not yet made the child safe.

bare:    exit 12, the child hangs on the lock
guarded vanished-threads=off resolver_wait_ms=5000: exit 0; interrupted-resolver repaired
may skip: needs dns in nsswitch.conf
"""

import os
import signal
import threading
import time
from pathlib import Path

import parked
from resolving import Children, arm, number, resolve


def releaser(path, go, of):
    """Lets the lookup end as soon as the main thread of `of` sleeps: in fork, or else in the wait for its child."""
    arm(20)
    os.read(go, 1)
    stat = Path(f"/proc/{of}/task/{of}/stat")
    while stat.read_text().rpartition(")")[2].split()[0] != "S":
        time.sleep(0.001)
    parked.release(path)


def child():
    with lock:
        return resolve() == expected


number("FORKS", 1)
expected = resolve()
lock = threading.Lock()
children = Children()
with parked.fifo() as path:
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        releaser(path, reader, os.getppid())
    parked.park(lock)
    os.write(writer, b"x")
    children.fork(child)
    code = children.verdict(share=1 / 2)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
os._exit(code)
