"""asyncio: a child does nothing with the event loop it inherited but close it.

`loop.close()` unregisters the loop's self-pipe from the epoll instance, which is the
parent's too. Signal handlers and call_soon_threadsafe() wake a loop through that pipe:
the parent no longer hears either. CPython 3.6 to 3.13 behave alike.

bare:    exit 12, the parent does not hear its signal
guarded: exit 0; inherited-poller repaired x1
guarded mode=observe: exit 12; inherited-poller reported x1
"""

import asyncio
import os
import signal
import sys

from looked_at import arm, look

DEAF, CHILD_DEAF, BROKEN = 12, 14, 70


def child(inherited):
    arm()
    inherited.close()

    loop = asyncio.new_event_loop()
    read_end, write_end = os.pipe()
    heard = []
    loop.add_reader(read_end, lambda: heard.append(os.read(read_end, 1)))
    os.write(write_end, b"x")
    look(loop)
    return 0 if heard == [b"x"] else CHILD_DEAF


def parent():
    arm()
    loop = asyncio.new_event_loop()
    heard = []
    loop.add_signal_handler(signal.SIGUSR1, heard.append, "SIGUSR1")

    pid = os.fork()
    if pid == 0:
        code = BROKEN
        try:
            code = child(loop)
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)

    os.kill(os.getpid(), signal.SIGUSR1)
    look(loop)
    if heard != ["SIGUSR1"]:
        print("the parent's signal has arrived, its event loop hears nothing", file=sys.stderr)
        return DEAF
    if status != 0:
        print(f"the child ended with status {status:#x}", file=sys.stderr)
        return os.waitstatus_to_exitcode(status) % 256
    print("the parent heard its signal, the child its own pipe")
    return 0


sys.exit(parent())
