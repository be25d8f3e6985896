"""asyncio of CPython 3.12 and later: a forked child of a parent that has a handler for SIGTERM does not end by it.

The child no longer shares the parent's wake-up pipe, it has none (gh-66285). But the C handler is still
there, and nobody is left whom it could tell: the child neither acts on the signal nor dies of it. Nothing
can say what the program wants there, hence it is only told.

bare:    exit 12, the signal is lost in the child
guarded: exit 12; handler-in-child reported
may skip: needs CPython 3.12 or later
"""

import asyncio
import glob
import os
import shutil
import signal
import sys

from resolving import skip

LOST, STOLEN, HUNG, BROKEN = 12, 13, 15, 70


def newer():
    """A CPython 3.12 or later of this machine; pyenv keeps those that its user chose."""
    for name in ("python3.14", "python3.13", "python3.12"):
        if found := shutil.which(name, path="/usr/bin:/usr/local/bin"):
            return found
    kept = sorted(glob.glob(os.path.expanduser("~/.pyenv/versions/3.1[2-9].*/bin/python3")))
    return kept[-1] if kept else None


def look(loop):
    """Lets `loop` look at everything that is ready now: asyncio_signal says how."""
    read_end, write_end = os.pipe()
    loop.add_reader(read_end, lambda: (loop.remove_reader(read_end), loop.call_soon(loop.call_soon, loop.stop)))
    os.write(write_end, b"x")
    loop.run_forever()
    os.close(read_end)
    os.close(write_end)


if sys.version_info < (3, 12):
    python = newer() or skip("needs CPython 3.12 or later, which this machine has not")
    os.execv(python, [python, __file__])

signal.signal(signal.SIGALRM, lambda *_: os._exit(HUNG))
signal.alarm(20)
loop = asyncio.new_event_loop()
heard = []
loop.add_signal_handler(signal.SIGTERM, heard.append, "SIGTERM")
look(loop)
asked, ask = os.pipe()
answered, answer = os.pipe()
pid = os.fork()
if pid == 0:
    signal.alarm(20)
    os.write(answer, b"!")  # before that a signal might find asyncio in the middle of its own clearing up
    os.read(asked, 1)
    os.write(answer, b"!")
    os._exit(len(heard))
os.read(answered, 1)
os.kill(pid, signal.SIGTERM)
os.write(ask, b"?")  # when it is read, the signal has been delivered
os.read(answered, 1)
look(loop)
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
print(f"CPython {sys.version.split()[0]}: the child ended with {status}, the parent acted on {len(heard)}")
sys.exit(STOLEN if heard else LOST if status == 0 else BROKEN)
