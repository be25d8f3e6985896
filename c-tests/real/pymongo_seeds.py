"""PyMongo 3.13: MongoClient() of a cluster with 16 routers, followed at once by a fork; the child pings.

The constructor starts a monitor thread for each router and holds the topology's lock meanwhile. The first
monitors that are through wait for that lock, get it from the constructor's last line, and wait for the
interpreter lock: the process forks, and the lock is held by a thread that is not in the child. No
getaddrinfo is in it, and nothing under the lock is half done. RUNS=200 makes a figure of it.

bare:    exit 12, more than a tenth of the children hang
guarded vanished-threads=off orphaned-lock=repair: exit 0; orphaned-lock repaired, perhaps interrupted-resolver repaired, perhaps interrupted-resolver reported
"""

import sys
import warnings

from pymongo import MongoClient

import mongo
from resolving import Children, number

warnings.filterwarnings("ignore", "MongoClient opened before fork")
runs = number("RUNS", 60)
children = Children(at_once=16)
with mongo.servers(["127.0.0.1"], ports=16) as ports:
    for _ in range(runs):
        client = MongoClient([f"localhost:{port}" for port in ports])
        children.fork(lambda: client.admin.command("ping") == {"ok": 1.0})
        client.close()
    code = children.verdict(share=1 / 10)
sys.exit(code)
