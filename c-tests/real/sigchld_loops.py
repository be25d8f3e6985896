"""CPython: as sigchld_story, for every way a program idles, each with four more threads too.

A signal for the process comes to whichever thread does not block it, and CPython runs its handler in the
main thread all the same. RUNS=50 makes a figure of it.

bare:    exit 12, most runs enter the handler again
guarded vanished-threads=off: exit 12; reentrant-sigchld reported
guarded vanished-threads=off reentrant-sigchld=repair: exit 0; perhaps reentrant-sigchld repaired
"""

import os
import sys

import bursts

sys.exit(bursts.count(bursts.LOOPS, [0, 4], int(os.environ.get("RUNS", 1))))
