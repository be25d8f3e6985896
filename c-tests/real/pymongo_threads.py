"""PyMongo 3.13: MongoClient() followed at once by a fork, in a process whose other threads resolve names too.

The server's name has two addresses, so getaddrinfo sorts them, and takes the lock of check_pf.c for that
even without AI_ADDRCONFIG. In the child two threads are after it, PyMongo's new monitor and the one that
pings: a lock is to be freed in a process that is no longer single-threaded. PyMongo's own lock
(pymongo_seeds) may be hit too. The name stands in a file that is mounted over /etc/hosts for this
program alone. RUNS=200 makes a figure of it.

bare:    exit 12, more than a fourth of the children hang
guarded vanished-threads=off orphaned-lock=repair: exit 0; interrupted-resolver repaired, perhaps interrupted-resolver reported, perhaps orphaned-lock repaired
guarded vanished-threads=off orphaned-lock=repair resolver_wait_ms=0: exit 0; interrupted-resolver repaired, perhaps orphaned-lock repaired
may skip: needs a user and mount namespace
"""

import os
import shutil
import subprocess
import sys
import tempfile
import warnings

from pymongo import MongoClient

import mongo
from resolving import Children, number, resolving, skip

NAME, ADDRESSES = "mongo.test", ["127.0.0.1", "127.0.0.2"]
# Not by unshare(2) here: a process must have one thread for a user namespace, and Python 3.11 has no call for it.
ISOLATE = ["unshare", "--user", "--map-root-user", "--mount"]
MOUNT = 'mount --bind "$1" /etc/hosts && rm "$1" && shift && exec "$@"'


def isolate():
    """Starts this program again with /etc/hosts of its own."""
    if not shutil.which(ISOLATE[0]) or subprocess.run([*ISOLATE, "true"], stdin=subprocess.DEVNULL).returncode:
        skip("unshare(1) cannot make a user and mount namespace")
    with tempfile.NamedTemporaryFile("w", prefix="hosts.", delete=False) as hosts:
        hosts.write("127.0.0.1 localhost\n" + "".join(f"{address} {NAME}\n" for address in ADDRESSES))
    again = [sys.executable, __file__, "isolated"]
    os.execvp(ISOLATE[0], [*ISOLATE, "sh", "-c", MOUNT, "sh", hosts.name, *again])


if sys.argv[1:] != ["isolated"]:
    isolate()
warnings.filterwarnings("ignore", "MongoClient opened before fork")
runs = number("RUNS", 60)
children = Children()
with mongo.servers(ADDRESSES) as ports, resolving(threads=16, name=NAME, flags=0):
    for _ in range(runs):
        client = MongoClient(NAME, ports[0])
        children.fork(lambda: client.admin.command("ping") == {"ok": 1.0})
        client.close()
    code = children.verdict(share=1 / 4)
sys.exit(code)
