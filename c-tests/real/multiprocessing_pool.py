"""multiprocessing.Pool, start method fork: every worker resolves one name and is replaced by a new one.

The pool's own thread forks the replacements while other threads of the process resolve. A worker
that hangs stays in the pool; when all of them hang, map() never returns. TASKS=1500 makes a figure of it.

bare:    exit 12, the pool stands still: all its workers hang
guarded vanished-threads=off: exit 0; interrupted-resolver repaired, perhaps interrupted-resolver reported
guarded vanished-threads=off resolver_wait_ms=0: exit 0; interrupted-resolver repaired
"""

import multiprocessing
import os
import sys

from resolving import HANGS, RIGHT, WRONG, arm, number, resolve, resolving

WORKERS, WORKER_SECONDS = 4, 60


def task(_):
    return resolve()


tasks = number("TASKS", 40)
expected = resolve()
with resolving(threads=16):
    pool = multiprocessing.get_context("fork").Pool(WORKERS, arm, (WORKER_SECONDS,), maxtasksperchild=1)
    answers = pool.map_async(task, range(tasks), chunksize=1)
    answers.wait(5 + tasks / 10)  # a task takes milliseconds
if not answers.ready():
    print(f"{len(multiprocessing.active_children())} workers, and no answer", flush=True)
    pool.terminate()
    os._exit(HANGS)
right = answers.get().count(expected)
pool.close()
pool.join()
print(f"{right} of {tasks} answers were right")
sys.exit(RIGHT if right == tasks else WRONG)
