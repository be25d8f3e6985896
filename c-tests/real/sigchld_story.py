"""CPython: "SIGCHLD versus Python: a problem of semantics" (Chris Siebenmann, 2006), with its three lines.

The main thread waits in select, children die in bursts, and the handler that reaps them is entered again
while it is still at work: now and then a KeyError comes of it. bursts.py is the program. RUNS=50 makes a
figure of it. A run that nests is reported in two of five: a burst interrupts the handler before it asks, and then it cannot
be told from one that has ended.

bare:    exit 12, most runs enter the handler again
guarded: exit 12; reentrant-sigchld reported
guarded reentrant-sigchld=repair: exit 0; perhaps reentrant-sigchld repaired
"""

import os
import sys

import bursts

sys.exit(bursts.count(["select"], [0], int(os.environ.get("RUNS", 20))))
