"""gunicorn with sync, gthread, gevent and tornado workers, under load: HUP, TTIN, TTOU, TERM, and its workers killed.

All of it is right bare, but for one thing, and must be so guarded: every request answered, as many workers as asked
for, an end with 0. A worker sets its handlers and its wake-up pipe itself, after the fork, so nothing of them is shared.
What may be found is true: a gevent worker that ends closes the listener, which its master holds open,
before its loop has taken it out of its epoll instance; and the master's own handler of SIGCHLD may be
entered again when two workers end at once. Its reaping mostly stands that. Now and then the entry falls into a line
that the handler logs, logging raises "reentrant call", and the master goes on waiting for a worker that it has reaped.

bare:    exit 0 or 16, gunicorn is right by itself, or its handler was entered again
guarded: exit 0 or 16; perhaps phantom-event repaired, perhaps reentrant-sigchld reported
guarded reentrant-sigchld=repair: exit 0; perhaps phantom-event repaired
"""

import collections
import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

RIGHT, UNANSWERED, WORKERS_WRONG, EXIT_WRONG, HUNG, ENTERED_AGAIN = 0, 12, 13, 14, 15, 16
KINDS = ["sync", "gthread", "gevent", "tornado"]
WORKERS, CLIENTS = 2, 3
COMPAT = os.path.abspath(os.environ.get("PYTHONPATH", "."))
# A gthread worker that ends closes connections that it has accepted and not yet read: clients must be ready
# for that (RFC 9110, 9.2.2). The others do not.
LOSES = {"gthread": 0.05}


class Wrong(Exception):
    def __init__(self, code, text):
        super().__init__(text)
        self.code = code


class Load:
    """Clients that ask one request after the other, each on a connection of its own."""

    def __init__(self, port):
        self.port = port
        self.end = threading.Event()
        self.answers, self.failures, self.seen = 0, collections.Counter(), set()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.ask) for _ in range(CLIENTS)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.end.set()
        for thread in self.threads:
            thread.join()

    def ask(self):
        while not self.end.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
            try:
                connection.request("GET", "/", headers={"Connection": "close"})
                answer = connection.getresponse()
                pid = int(answer.read()) if answer.status == 200 else None
                with self.lock:
                    self.answers += pid is not None
                    self.seen.add(pid)
                    if pid is None:
                        self.failures[answer.status] += 1
            except (OSError, http.client.HTTPException, ValueError) as error:
                with self.lock:
                    self.failures[type(error).__name__] += 1
            finally:
                connection.close()


def children(pid):
    """The living ones: a zombie is the master's to reap, and no worker."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] not in "ZX":
            found.add(int(folder.name))
    return found


def until(what, true):
    """Nothing tells us that gunicorn has done its work: it is asked again and again."""
    end = time.monotonic() + 30
    while not true():
        if time.monotonic() > end:
            raise Wrong(WORKERS_WRONG, f"30 seconds, and not yet {what}")
        time.sleep(0.02)


def workers(master, load, number, other_than=frozenset()):
    """Waits until gunicorn has so many workers, each of which has answered, and none of `other_than`."""
    def there():
        found = children(master)
        if len(found) != number or found & other_than:
            return False
        load.seen &= found  # the set lives on in this thread's hands only under the interpreter's lock
        return load.seen == found

    until(f"{number} workers (there are {children(master)}, not to be {set(other_than)})", there)
    return children(master)


def drive(master, load):
    first = workers(master, load, WORKERS)
    os.kill(master, signal.SIGTTIN)
    workers(master, load, WORKERS + 1)
    os.kill(master, signal.SIGTTOU)
    after = workers(master, load, WORKERS)
    os.kill(master, signal.SIGHUP)
    after = workers(master, load, WORKERS, other_than=after | first)
    one = min(after)
    os.kill(one, signal.SIGTERM)
    after = workers(master, load, WORKERS, other_than={one})
    for _ in range(2):
        os.kill(master, signal.SIGHUP)
        after = workers(master, load, WORKERS, other_than=after)
    return after


def serve(kind):
    # gunicorn takes over a listening descriptor, so that no port need be guessed.
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    log = tempfile.TemporaryFile("w+")
    command = [sys.executable, "-m", "gunicorn", "--worker-class", kind, "--workers", str(WORKERS), "--timeout", "20",
               "--graceful-timeout", "20", "--bind", f"fd://{listener.fileno()}", "gunicorn_pid:application"]
    if kind == "gthread":
        command += ["--threads", "2"]
    gunicorn = subprocess.Popen(command, cwd=Path(__file__).parent, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                pass_fds=[listener.fileno()], env=os.environ | {"PYTHONPATH": COMPAT})
    load = Load(listener.getsockname()[1])
    code, text = RIGHT, ""
    try:
        with load:
            last = drive(gunicorn.pid, load)
        # A killed worker takes the requests it has at work with it: so this comes when there are none.
        asked = load.answers
        for pid in last:
            os.kill(pid, signal.SIGKILL)
        with Load(load.port) as again:
            last = workers(gunicorn.pid, again, WORKERS, other_than=last)
        asked += again.answers
        failures = load.failures + again.failures
        lost = sum(failures.pop(name, 0) for name in ("RemoteDisconnected", "ConnectionResetError"))
        if failures or lost > LOSES.get(kind, 0) * asked:
            failures["lost"] = lost
            raise Wrong(UNANSWERED, f"{dict(failures)} of {asked} requests without an answer")
        gunicorn.terminate()
        if (status := gunicorn.wait(30)) != 0:
            raise Wrong(EXIT_WRONG, f"gunicorn ended with {status}")
        if left := [pid for pid in last if Path(f"/proc/{pid}").exists()]:
            raise Wrong(EXIT_WRONG, f"gunicorn has ended, its workers {left} have not")
        print(f"{kind}: {asked} requests answered, {lost} lost")
    except Wrong as trouble:
        code, text = trouble.code, str(trouble)
    except subprocess.TimeoutExpired:
        code, text = HUNG, "gunicorn does not end"
    if gunicorn.poll() is None:
        for pid in children(gunicorn.pid) | {gunicorn.pid}:
            os.kill(pid, signal.SIGKILL)
        gunicorn.wait()
    log.seek(0)
    said = log.read()
    if code == RIGHT and "reentrant call inside" in said:
        code, text = ENTERED_AGAIN, "the master's handler of SIGCHLD was entered again while it logged"
    if code == RIGHT and any(word in said for word in ("Traceback", "WORKER TIMEOUT")):
        code, text = EXIT_WRONG, "gunicorn's log says so"
    if code:
        print(f"{kind}: {text}\n{said[-3000:]}", file=sys.stderr)
    return code


signal.alarm(280)  # its default action ends us
kinds = sys.argv[1:] or KINDS
codes = {kind: serve(kind) for kind in kinds}
sys.exit(min(filter(None, codes.values()), default=RIGHT))
