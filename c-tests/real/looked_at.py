"""An asyncio loop that is looked at once, and an alarm for what hangs."""

import os
import signal

HUNG = 15


def rang(*_):
    os.write(2, b"hung: the alarm rang\n")
    os._exit(HUNG)


def arm():
    """A fork does not inherit alarms (fork(2)): each side arms its own."""
    signal.signal(signal.SIGALRM, rang)
    signal.alarm(20)


def look(loop):
    """Lets `loop` look at everything that is ready now, and at nothing later.

    A pipe that is written to before the loop runs ends it: what was ready earlier has been
    reported together with it or before it. The two turns after it are those that asyncio takes
    from the self-pipe to a signal's callback.
    """
    read_end, write_end = os.pipe()
    loop.add_reader(read_end, lambda: (loop.remove_reader(read_end), loop.call_soon(loop.call_soon, loop.stop)))
    os.write(write_end, b"x")
    loop.run_forever()
    os.close(read_end)
    os.close(write_end)
