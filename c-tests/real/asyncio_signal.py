"""asyncio: signals to a forked child only, of a parent whose loop has a handler for them.

add_signal_handler() has the C handler write to the loop's self-pipe, and a fork shares it: the parent's
loop acts on what its child was sent (CPython gh-66285; 3.12 takes the pipe from the child). After
each signal the parent looks at its loop, and then the child at its own, unless it only sleeps.

bare:    exit 12, the parent acts on its child's signals
guarded: exit 0; shared-wakeup repaired, perhaps inherited-poller repaired, perhaps handler-in-child reported
guarded mode=observe: exit 12; shared-wakeup reported, perhaps inherited-poller reported, perhaps handler-in-child reported
"""

import asyncio
import os
import signal
import sys

from looked_at import arm, look

STOLEN, CHILD_DEAF, BROKEN = 12, 14, 70
SIGNALS = 50


class Turns:
    """Parent and child, one after the other."""

    def __init__(self):
        self.asked, self.ask = os.pipe()
        self.answered, self.answer = os.pipe()

    def child_does(self):
        os.write(self.ask, b"?")
        if os.read(self.answered, 1) != b"!":
            os._exit(BROKEN)

    def do(self, work):
        """In the child, when it is asked to. A signal sent before that has been delivered by then."""
        if os.read(self.asked, 1) != b"?":
            os._exit(BROKEN)
        work()
        os.write(self.answer, b"!")

    def each(self, effect):
        for _ in range(SIGNALS):
            self.do(lambda: None)
            self.do(effect)


def goes_on(inherited, turns):
    """With the loop it inherited: to it a signal is what it is to the parent."""
    turns.do(lambda: None)
    turns.each(lambda: look(inherited))
    return len(heard)


def sleeps(_, turns):
    """It only waits for the parent: the C handler runs, and nothing else."""
    turns.do(lambda: None)
    turns.each(lambda: None)
    return SIGNALS


def starts_afresh(_, turns):
    """With a loop of its own that takes the signal over, and then nothing is shared, bare too."""
    loop, own = asyncio.new_event_loop(), []
    turns.do(lambda: loop.add_signal_handler(signal.SIGTERM, own.append, "SIGTERM"))
    turns.each(lambda: look(loop))
    return len(own)


heard = []


def parent(kind):
    heard.clear()
    loop = asyncio.new_event_loop()
    loop.add_signal_handler(signal.SIGTERM, heard.append, "SIGTERM")
    look(loop)
    turns = Turns()
    pid = os.fork()
    if pid == 0:
        code = BROKEN
        try:
            arm()
            count = kind(loop, turns)
            code = 0 if count == SIGNALS else CHILD_DEAF
            if code:
                print(f"{kind.__name__}: the child acted on {count} of its {SIGNALS} signals", file=sys.stderr)
        finally:
            os._exit(code)
    turns.child_does()
    for _ in range(SIGNALS):
        os.kill(pid, signal.SIGTERM)
        turns.child_does()
        look(loop)
        turns.child_does()
    _, status = os.waitpid(pid, 0)
    stolen = len(heard)
    heard.clear()
    os.kill(os.getpid(), signal.SIGTERM)
    look(loop)
    own = len(heard)
    loop.close()
    print(f"{kind.__name__}: {SIGNALS} signals to the child, the parent acted on {stolen}; on its own one {own} times")
    if stolen:
        return STOLEN
    return os.waitstatus_to_exitcode(status) % 256 if status else 0 if own == 1 else BROKEN


arm()
codes = [parent(kind) for kind in (goes_on, sleeps, starts_afresh)]
sys.exit(max(codes, key=lambda code: (code == STOLEN, code)))
