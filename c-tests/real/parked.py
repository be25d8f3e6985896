"""A thread that stands still inside getaddrinfo(3), and goes on when told, without a packet sent.

Before nss_dns asks for a name without a dot it looks the name up in the file that HOSTALIASES names
(hostname(7)). Here that is a FIFO: open(2) waits until somebody writes. What is written then is an alias
too long for the DNS, so that the lookup fails before anything is sent.
"""

import contextlib
import os
import platform
import socket
import tempfile
import threading
import time
from pathlib import Path

from resolving import resolve, skip

NAME = "parked"
OPENAT = {"x86_64": "257", "aarch64": "56"}[platform.machine()]


@contextlib.contextmanager
def fifo():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "aliases")
        os.mkfifo(path)
        os.environ["HOSTALIASES"] = str(path)
        yield path


def release(path):
    """Lets the lookup end. libc reads the file more than once for one name."""
    while True:
        file = os.open(path, os.O_WRONLY)
        with contextlib.suppress(BrokenPipeError):
            os.write(file, f"{NAME} {'x' * 70}\n".encode())
        os.close(file)


def park(lock):
    """Starts a thread that holds `lock` around its lookup; returns when it stands in the FIFO's open(2)."""
    def look_up():
        with lock, contextlib.suppress(socket.gaierror):
            resolve(NAME, flags=0)

    thread = threading.Thread(target=look_up, daemon=True)
    thread.start()
    place = Path(f"/proc/self/task/{thread.native_id}/syscall")
    for _ in range(5000):
        with contextlib.suppress(OSError):
            if place.read_text().split()[0] == OPENAT:
                return
        if not thread.is_alive():
            break
        time.sleep(0.001)
    skip("getaddrinfo does not come to HOSTALIASES here: is there `dns` in the line `hosts` of nsswitch.conf?")
