"""PyMongo 3.13: MongoClient() followed at once by a fork, as in "How To Deadlock Your Python With getaddrinfo()".

The client's monitor thread resolves localhost while the process forks; the child pings the server. Macs hang
here. On Linux it works bare, or nearly: for one address glibc does not take the lock that other children hang
on (pymongo_threads). What does hang, a few in a hundred on a busy machine and none on another, waits for
PyMongo's own lock (pymongo_seeds). So this shows above all that nothing is spoilt. RUNS=200 makes a figure of it.

bare:    exit 0 or 13, every child is right, or nearly every one
guarded vanished-threads=off orphaned-lock=repair: exit 0; perhaps orphaned-lock repaired, perhaps interrupted-resolver repaired, perhaps interrupted-resolver reported
guarded vanished-threads=off orphaned-lock=repair resolver_wait_ms=0: exit 0; perhaps orphaned-lock repaired, perhaps interrupted-resolver repaired
"""

import sys
import warnings

from pymongo import MongoClient

import mongo
from resolving import Children, number

warnings.filterwarnings("ignore", "MongoClient opened before fork")
runs = number("RUNS", 40)
children = Children()
with mongo.servers(["127.0.0.1"]) as ports:
    for _ in range(runs):
        client = MongoClient("localhost", ports[0])
        children.fork(lambda: client.admin.command("ping") == {"ok": 1.0})
        client.close()
    code = children.verdict(share=1 / 2)
sys.exit(code)
