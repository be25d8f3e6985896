#!/usr/bin/env python3
"""bench/lives.py [--library FILE]: what the log's records of processes cost a fork, an exec and a wait.

Microseconds of a round (median of rounds taken in turns), bare, guarded without a log, with `log_path` and
`log_processes=0`, and with the records. With `_exit` a round is three records (fork, exit, reap), with `exec` of a static
program three (fork, exec, reap), with `exec` of true(1) five (also its start and its exit). Half a minute; nothing is
judged. The programs are those of bench/run, which has to have run before.
"""

import argparse
import os
import statistics
import sys
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
TARGET = HERE.parent / "target"
sys.path.insert(0, str(HERE))
import turns  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library", type=Path, default=TARGET / "release" / "libforkproof.so")
    library = parser.parse_args().library.resolve()
    programs = TARGET / "bench"
    for needed in (library, programs / "fork_exec", programs / "nothing"):
        if not needed.is_file():
            raise SystemExit(f"lives: {needed} is not there: run `make`, then `bench/run --only fork_exec`")
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    log = TARGET / "tmp" / "lives.log"
    log.parent.mkdir(exist_ok=True)
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("LD_", "FORKPROOF_"))}
    guarded = bare | {"LD_PRELOAD": str(library)}
    kinds = {
        "bare": bare,
        "no log": guarded,
        "log_processes=0": guarded | {"FORKPROOF_OPTIONS": f"log_path={log}:log_processes=0"},
        "records": guarded | {"FORKPROOF_OPTIONS": f"log_path={log}"},
    }
    print(f"{'us a round':24}" + "".join(f"{name:>18}" for name in kinds))
    for name, program in (("fork, _exit", "-"), ("fork, exec static", programs / "nothing"), ("fork, exec true", "/bin/true")):
        command = [programs / "fork_exec", "0", program]
        figures = turns.take({kind: (command, environment) for kind, environment in kinds.items()}, 400, None, fresh=5)
        medians = [statistics.median(row[0] for row in figures[kind]) / 1000 for kind in kinds]
        print(f"{name:24}" + "".join(f"{median:18.1f}" for median in medians))
        log.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
