"""CPython: children that die one at a time, one while the program works and the next while it waits in select.

No handler is entered again, and none is said to be. The first runs from the interpreter's loop, the second
from within select(), whose large buffers lie unwritten over what the first has left on the stack: its dead
frames stand there still, above the second.

bare:    exit 0, the handler is never entered again
guarded: exit 0; nothing
guarded reentrant-sigchld=repair: exit 0; nothing
"""

import os
import select
import signal
import sys
import time
from pathlib import Path

RIGHT, NESTED, HUNG = 0, 12, 15
TIMES = 20

entered = deepest = reaped = 0


def died(*_):
    global entered, deepest, reaped
    entered += 1
    deepest = max(deepest, entered)
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            break
        if pid == 0:
            break
        reaped += 1
    entered -= 1


def fork(wait):
    pid = os.fork()
    if pid == 0:
        wait()
        os._exit(0)


def until_parent_waits():
    """The parent sleeps nowhere but in select. To tell it by a pipe would be a call more between the two handlers."""
    stat = Path(f"/proc/{os.getppid()}/stat")
    while stat.read_text().rpartition(")")[2].split()[0] != "S":
        time.sleep(0.001)


signal.signal(signal.SIGALRM, lambda *_: os._exit(HUNG))
signal.alarm(60)
signal.signal(signal.SIGCHLD, died)
nothing, _ = os.pipe()
for turn in range(TIMES):
    before = reaped
    fork(until_parent_waits)
    fork(lambda: None)
    while reaped == before:
        pass
    while reaped < before + 2:
        select.select([nothing], [], [], 0.2)
print(f"{reaped} reaped, depth {deepest}")
sys.exit(NESTED if deepest > 1 else RIGHT)
