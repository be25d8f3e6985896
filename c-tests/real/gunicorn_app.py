"""The application of gunicorn_preload: its threads, started when it is imported, resolve a name, and so does each request."""

import os
import threading

from resolving import arm, resolve

SECONDS = float(os.environ["GUNICORN_APP_SECONDS"])
arm(SECONDS)  # gunicorn's master, should nobody stop it; a fork does not inherit timers (fork(2))
expected = resolve()


def loop():
    while True:
        resolve()


for _ in range(16):
    threading.Thread(target=loop, daemon=True).start()


def application(environ, start_response):
    right = resolve() == expected
    start_response("200 OK" if right else "500 Wrong answer", [("Content-Type", "text/plain")])
    return [b"%d\n" % os.getpid()]
