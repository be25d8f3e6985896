"""CPython: whatever is executed while a SIGCHLD is held back starts with an empty mask, and the program sees its own.

A mask lives on over execve(2). Each way to start a program comes right after a SIGCHLD, where the next one
would be held back until the program idles; pthread_sigmask is asked at the same place.

bare:    exit 0, nothing is held back
guarded vanished-threads=off: exit 0; perhaps reentrant-sigchld reported, perhaps handler-in-child reported
guarded vanished-threads=off reentrant-sigchld=repair: exit 0; perhaps reentrant-sigchld repaired, perhaps handler-in-child reported
guarded vanished-threads=off reentrant-sigchld=repair defer_signals=CHLD,USR1: exit 0; perhaps reentrant-sigchld repaired, perhaps handler-in-child reported
"""

import multiprocessing
import os
import pty
import signal
import subprocess
import sys
import tempfile
import threading

RIGHT, BLOCKED, OWN_MASK, MASK_LOST, HUNG = 0, 12, 13, 14, 15
STATUS = ["/bin/grep", "SigBlk", "/proc/self/status"]


def fork_exec(to):
    pid = os.fork()
    if pid == 0:
        os.dup2(to, 1)
        os.execv(STATUS[0], STATUS)
    os.waitpid(pid, 0)


def fork_fork_exec(to):
    """As a daemon starts: the grandchild executes."""
    pid = os.fork()
    if pid == 0:
        fork_exec(to)
        os._exit(0)
    os.waitpid(pid, 0)


def in_process(to):
    """The child is no other program: it sees its own mask, and executes from there."""
    process = multiprocessing.get_context("fork").Process(target=fork_exec, args=(to,))
    process.start()
    process.join()


def by_pty(to):
    pid, terminal = pty.fork()
    if pid == 0:
        os.dup2(to, 1)
        os.execv(STATUS[0], STATUS)
    os.waitpid(pid, 0)
    os.close(terminal)


def spawn(to, start, file):
    os.waitpid(start(file, STATUS, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, to, 1)]), 0)


def by_popen(to):
    with os.popen(" ".join(STATUS)) as stream:
        os.write(to, stream.read().encode())


def in_thread(to):
    thread = threading.Thread(target=fork_exec, args=(to,))
    thread.start()
    thread.join()


WAYS = {
    "fork+exec": fork_exec,
    "fork+fork+exec": fork_fork_exec,
    "multiprocessing": in_process,
    "thread": in_thread,
    "pty.fork": by_pty,
    "posix_spawn": lambda to: spawn(to, os.posix_spawn, STATUS[0]),
    "posix_spawnp": lambda to: spawn(to, os.posix_spawnp, "grep"),
    "system": lambda to: os.system(f"{' '.join(STATUS)} >&{to}"),
    "popen": by_popen,
    "subprocess": lambda to: subprocess.run(STATUS, stdout=to, check=True),
    "subprocess, preexec_fn": lambda to: subprocess.run(STATUS, stdout=to, check=True, preexec_fn=os.getpid),
    "subprocess, shell": lambda to: subprocess.run(" ".join(STATUS), stdout=to, check=True, shell=True),
    "spawnv": lambda to: os.spawnv(os.P_WAIT, "/bin/sh", ["sh", "-c", f"{' '.join(STATUS)} >&{to}"]),
}


def blocked(way):
    """SigBlk of a program started that way right after a SIGCHLD."""
    with tempfile.TemporaryFile() as file:
        os.set_inheritable(file.fileno(), True)
        os.kill(os.getpid(), signal.SIGCHLD)
        WAYS[way](file.fileno())
        file.seek(0)
        return int(file.read().split()[1], 16)


def mask(*signals):
    return sum(1 << number - 1 for number in signals)


signal.signal(signal.SIGALRM, lambda *_: os._exit(HUNG))
signal.alarm(60)
signal.signal(signal.SIGCHLD, lambda *_: None)
code = RIGHT
for way in WAYS:
    if (found := blocked(way)) != 0:
        print(f"{way}: SigBlk {found:#x} in what was executed", file=sys.stderr)
        code = BLOCKED
    os.kill(os.getpid(), signal.SIGCHLD)
    if own := signal.pthread_sigmask(signal.SIG_BLOCK, []):
        print(f"{way}: the program finds {own} in its mask", file=sys.stderr)
        code = code or OWN_MASK

# What the program blocks itself stays blocked, SIGCHLD or not: there a mask is the program's wish.
for wanted in ([signal.SIGUSR2], [signal.SIGUSR2, signal.SIGCHLD]):
    os.kill(os.getpid(), signal.SIGCHLD)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, wanted)
    found = {way: blocked(way) for way in ("fork+exec", "posix_spawn", "subprocess")}
    after = signal.pthread_sigmask(signal.SIG_SETMASK, before)
    if set(found.values()) != {mask(*wanted)} or before or after != set(wanted):
        print(f"{wanted} blocked: {found}, the program finds {before}, then {after}", file=sys.stderr)
        code = code or MASK_LOST
sys.exit(code)
