"""A program whose children die in bursts, and the runs of it that sigchld_story and sigchld_loops count.

    bursts.py LOOP THREADS        one run: 0 as it must be, NESTED or LOST, HUNG

The story is "SIGCHLD versus Python: a problem of semantics" (Chris Siebenmann, 2006): the handler that
reaps is active only while the main thread idles in select, and yet `len(ipmap[ip])` raises a KeyError.
CPython calls a handler as it calls any function, so that the next child's death enters it again in the
middle of the first. The three lines of `_delip` are his. CPython 2.4 looked for signals at every
bytecode, 3.11 only where Python code is called or loops, hence the tables are UserDict.
"""

import asyncio
import collections
import os
import select
import signal
import subprocess
import sys
import threading
import time
import zlib

RIGHT, NESTED, FEW_NEST, LOST, HUNG, BROKEN = 0, 12, 13, 14, 15, 70
BURSTS, CHILDREN = 10, 40
# A signal that comes after Python has looked for signals and before its wait begins does not end that wait.
TICK = 0.1
LOOPS = ["select", "epoll", "poll", "pause", "sleep", "asyncio"]

ipmap = collections.UserDict()
ips = {}
entered = deepest = twice = reaped = 0
error = None
everybody_gone = os.pipe()


def _delip(pid, ip):
    del ipmap[ip][pid]
    if len(ipmap[ip]) == 0:
        del ipmap[ip]


def died(*_):
    global entered, deepest, twice, reaped, error
    entered += 1
    deepest = max(deepest, entered)
    twice += entered > 1
    try:
        while True:
            try:
                pid, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == 0:
                break
            reaped += 1
            _delip(pid, ips.pop(pid))
            if not ipmap:
                os.write(everybody_gone[1], b"x")
    except KeyError as trouble:
        error = trouble  # asyncio would only log it, where it comes in a callback, and wait on
        os.write(everybody_gone[1], b"x")
    finally:
        entered -= 1


def burst():
    """Children of half as many addresses, which end as soon as the parent lets them."""
    wait, go = os.pipe()
    for number in range(CHILDREN):
        pid = os.fork()
        if pid == 0:
            os.close(go)
            os.read(wait, 1)
            os._exit(0)
        ip = f"192.0.2.{number // 2}"
        ips[pid] = ip
        ipmap.setdefault(ip, collections.UserDict())[pid] = True
    os.close(wait)
    os.close(go)


def by_select(fd):
    while not select.select([fd], [], [], TICK)[0]:
        pass


def by_epoll(fd):
    with select.epoll() as poller:
        poller.register(fd, select.EPOLLIN)
        while not poller.poll(TICK):
            pass


def by_poll(fd):
    poller = select.poll()
    poller.register(fd, select.POLLIN)
    while not poller.poll(TICK * 1000):
        pass


def by_pause(_):
    ticks = 0

    def tick(*_):
        nonlocal ticks
        ticks += 1
        if ticks > 30 / TICK:
            os._exit(HUNG)

    signal.signal(signal.SIGALRM, tick)
    signal.setitimer(signal.ITIMER_REAL, TICK, TICK)
    while ipmap and not error:
        signal.pause()
    signal.setitimer(signal.ITIMER_REAL, 0)


def by_sleep(_):
    while ipmap and not error:
        time.sleep(TICK)


def by_asyncio(fd):
    async def idle():
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(fd, ended.set)
        wait = asyncio.ensure_future(ended.wait())
        while not wait.done():
            await asyncio.wait([wait], timeout=TICK)
        loop.remove_reader(fd)

    asyncio.run(idle())


def working(end):
    """Another thread: a signal to the process may come to it too."""
    while not end.wait(0.001):
        zlib.crc32(bytes(1 << 16))


def run(loop, threads):
    signal.signal(signal.SIGALRM, lambda *_: os._exit(HUNG))
    signal.alarm(30)
    idle = globals()[f"by_{loop}"]
    end = threading.Event()
    others = [threading.Thread(target=working, args=(end,), daemon=True) for _ in range(threads)]
    for thread in others:
        thread.start()
    signal.signal(signal.SIGCHLD, died)
    for _ in range(BURSTS):
        if not error:
            burst()
            idle(everybody_gone[0])
            os.read(everybody_gone[0], 1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    end.set()
    left = 0
    while True:
        try:
            os.waitpid(-1, 0)
            left += 1
        except ChildProcessError:
            break
    print(f"{loop} {threads}: entered {twice} times more, depth {deepest}, {reaped} reaped, {left} left {error or ''!r}")
    if error or twice:
        return NESTED
    return RIGHT if (reaped, left) == (BURSTS * CHILDREN, 0) else LOST


def count(loops, threads, runs):
    """The exit code of `runs` runs of each kind, each a process: NESTED if more than half of all went wrong."""
    ends = collections.Counter()
    for loop in loops:
        for number in threads:
            for _ in range(runs):
                done = subprocess.run([sys.executable, __file__, loop, str(number)], stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, text=True)
                ends[done.returncode] += 1
                if done.returncode != RIGHT:
                    print(done.stdout, end="")
    all_ = ends.total()
    print(f"{ends[NESTED]} of {all_} runs entered the handler again, {ends[RIGHT]} were right")
    for code in ends.keys() - {RIGHT, NESTED}:
        print(f"{ends[code]} runs ended with {code}", file=sys.stderr)
        return code if code in (LOST, HUNG) else BROKEN
    if ends[NESTED] > all_ / 2:
        return NESTED
    return FEW_NEST if ends[NESTED] else RIGHT


if __name__ == "__main__":
    sys.exit(run(sys.argv[1], int(sys.argv[2])))
