"""What the programs share whose children resolve names: threads that do so, children that are counted.

getaddrinfo(3) with AI_ADDRCONFIG asks the kernel over netlink which addresses this machine has, and
holds a lock of glibc's own meanwhile (check_pf.c, no pthread mutex). A fork copies it as it is:
in a child forked then it is never released.
"""

import collections
import contextlib
import os
import signal
import socket
import sys
import threading
import traceback

RIGHT, HANGS, FEW_HANG, WRONG, BROKEN, SKIP = 0, 12, 13, 14, 70, 77
CHILD_SECONDS = 2  # what a child may take; it needs milliseconds, on a busy machine tens of them
AT_ONCE = 32  # children at a time: a hung one costs its seconds, not the processor


def arm(seconds):
    """Ends this process if it hangs: by the default action, since a Python handler waits for the interpreter."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)


def number(name, default):
    """How many, for a figure: FORKS=1500 c-tests/real/run resolver_fork. Arms the alarm accordingly."""
    count = int(os.environ.get(name, default))
    arm(30 + CHILD_SECONDS * count / 4)
    return count


def resolve(name="localhost", flags=socket.AI_ADDRCONFIG):
    return socket.getaddrinfo(name, 80, type=socket.SOCK_STREAM, flags=flags)


@contextlib.contextmanager
def resolving(threads, name="localhost", flags=socket.AI_ADDRCONFIG):
    """Threads that resolve a name over and over, until the end of the `with`."""
    end = threading.Event()

    def loop():
        while not end.is_set():
            resolve(name, flags)

    started = [threading.Thread(target=loop) for _ in range(threads)]
    for thread in started:
        thread.start()
    try:
        yield
    finally:
        end.set()
        for thread in started:
            thread.join()


class Children:
    """Forks children, each with an alarm of its own, and counts how they end."""

    def __init__(self, seconds=CHILD_SECONDS, at_once=AT_ONCE):
        self.seconds, self.at_once = seconds, at_once
        self.living = set()
        self.ends = collections.Counter()

    def fork(self, work):
        """A child that does `work`, which says whether all was right."""
        pid = os.fork()
        if pid == 0:
            code = WRONG
            try:
                arm(self.seconds)
                code = RIGHT if work() else WRONG
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(code)
        self.living.add(pid)
        while len(self.living) >= self.at_once:  # after the fork, so that nothing is waited for before the next
            self.reap()

    def reap(self):
        pid, status = os.waitpid(-1, 0)
        if pid in self.living:
            self.living.remove(pid)
            self.ends[os.waitstatus_to_exitcode(status)] += 1

    def verdict(self, share):
        """The exit code, once all have ended: HANGS if more than `share` of them hung."""
        while self.living:
            self.reap()
        return verdict(self.ends.total(), self.ends[-signal.SIGALRM], self.ends[RIGHT], share)


def verdict(all_, hung, right, share):
    print(f"{hung} of {all_} hung, {right} were right", flush=True)
    if not all_ or hung + right < all_:
        return WRONG
    if hung > share * all_:
        return HANGS
    return FEW_HANG if hung else RIGHT


def skip(reason):
    print(f"skip: {reason}", file=sys.stderr)
    raise SystemExit(SKIP)
