"""gunicorn --preload: the application's threads, in the master, resolve a name while workers start.

Each worker serves one request, resolves in it, and makes room for a new one (max_requests); one that
hangs is killed by gunicorn (WORKER TIMEOUT) and its client gets no answer. REQUESTS=200 makes a figure of it.
The master reaps in its handler of SIGCHLD, which the end of a second worker at that moment enters again: seldom, and true.
So is what befalls a worker that is told to end before it has put its own handlers in place of the master's.

bare:    exit 12, more than half of the requests get no answer
guarded vanished-threads=off: exit 0; interrupted-resolver repaired, perhaps interrupted-resolver reported, perhaps reentrant-sigchld reported, perhaps handler-in-child reported
guarded vanished-threads=off resolver_wait_ms=0: exit 0; interrupted-resolver repaired, perhaps reentrant-sigchld reported, perhaps handler-in-child reported
"""

import collections
import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from resolving import BROKEN, CHILD_SECONDS, FEW_HANG, HANGS, RIGHT, WRONG, number

WORKERS = 4


def ask(port):
    """200, another status, or why there is none."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", "/")
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__, b""
    finally:
        connection.close()


requests = number("REQUESTS", 24)
seconds, _ = signal.getitimer(signal.ITIMER_REAL)
# gunicorn takes over a listening descriptor, so that no port need be guessed.
listener = socket.create_server(("127.0.0.1", 0), backlog=64)
log = tempfile.TemporaryFile("w+")
command = [sys.executable, "-m", "gunicorn", "--preload", "--workers", str(WORKERS), "--max-requests", "1",
           "--timeout", str(CHILD_SECONDS), "--graceful-timeout", "1", "--bind", f"fd://{listener.fileno()}", "gunicorn_app:application"]
gunicorn = subprocess.Popen(command, cwd=Path(__file__).parent, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                            pass_fds=[listener.fileno()], env=os.environ | {"GUNICORN_APP_SECONDS": str(seconds)})
with ThreadPoolExecutor(WORKERS) as clients:
    answers = list(clients.map(ask, [listener.getsockname()[1]] * requests))
gunicorn.terminate()
gunicorn.wait()

log.seek(0)
said = log.read()
statuses = collections.Counter(status for status, _ in answers)
workers = len({pid for status, pid in answers if status == 200})
timeouts = said.count("WORKER TIMEOUT")
print(f"{requests} requests: {statuses[200]} answered, by {workers} workers; {timeouts} workers timed out")
if any(isinstance(status, int) and status != 200 for status in statuses) or workers < statuses[200]:
    code = WRONG
elif statuses[200] + timeouts < requests:
    code = BROKEN  # answers are missing for another reason
elif timeouts:
    code = HANGS if statuses[200] < requests / 2 else FEW_HANG
else:
    code = RIGHT
if code in (WRONG, BROKEN):
    print(statuses, said[-2000:], file=sys.stderr)
sys.exit(code)
