#!/usr/bin/env python3
"""Runs every transcript of README.md and docs/: what stands behind `$ ` is typed, and must print what stands below.

A transcript is a block of type `console`. It runs in one shell, in the project's own folder, which it calls
/home/you/forkproof, with the command in front of PATH. Numbers may differ (process ids, times, addresses); `...` on
a line of its own stands for any lines, and ` ...` at a line's end for its rest. A block of another type that begins
with `$ ` must be on a page of COVERED. Prints TAP.
"""

import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TIMEOUT = 60
HOME = "/home/you/forkproof"
# page -> the tests that compare its transcripts, which need programs of their own.
COVERED = {"docs/live.md": "tests/live.rs, tests/dump.rs"}


def transcripts(page):
    """(line number, [(command, [expected line])]) of each; no steps where nobody would run it."""
    text = page.read_text()
    for block in re.finditer(r"^```(\w*)\n(.*?)^```", text, re.M | re.S):
        if block[1] != "console":
            if block[2].startswith("$ ") and str(page.relative_to(ROOT)) not in COVERED:
                yield text[:block.start()].count("\n") + 2, []
            continue
        steps = []
        for line in block[2].splitlines():
            if line.startswith("$ "):
                steps.append((line[2:], []))
            else:
                steps[-1][1].append(line)
        yield text[:block.start()].count("\n") + 2, steps


def alike(lines):
    """A text without what differs from run to run and from folder to folder, where a line is broken included."""
    text = " ".join(" ".join(lines).replace(str(ROOT), HOME).split())
    text = re.sub(r"\b0x[0-9a-f]+\b", "0", text)
    return re.sub(r"\d+([.,]\d+)*", "0", text)


def matches(expected, printed):
    """Is that what was printed?"""
    parts = [[]]
    for line in expected:
        if line.strip() == "...":
            parts.append([])
        elif line.endswith(" ..."):
            parts[-1].append(line[:-4])
            parts.append([])
        else:
            parts[-1].append(line)
    pattern = " ?.*?".join(re.escape(alike(part)) for part in parts)
    return re.fullmatch(pattern + " ?", alike(printed) + " ") is not None


def run(command, shell_lines):
    """What `command` prints after the lines before it, both streams, as a reader would see them."""
    quiet = "\n".join(f"{{ {line}\n}} >/dev/null 2>&1" for line in shell_lines)
    env = {**os.environ, "PATH": os.pathsep.join([str(ROOT / "target/release"), os.environ["PATH"]]), "COLUMNS": "100", "NO_COLOR": "1",
           "PYTHONUNBUFFERED": "1"}  # as on a terminal
    for name in ("FORKPROOF_OPTIONS", "LD_PRELOAD", "PYTHONPATH", "CLICOLOR_FORCE"):
        env.pop(name, None)
    # A program may hang on purpose: whatever it left running ends with it.
    shell = subprocess.Popen(["timeout", "-k", "5", str(TIMEOUT), "bash", "-c", f"{quiet}\n{command}"], cwd=ROOT, env=env,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return shell.communicate()[0].decode(errors="replace").splitlines()


def main():
    pages = sys.argv[1:] or ["README.md", *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md"))]
    number = failed = 0
    for page in pages:
        for line, steps in transcripts(ROOT / page):
            set_before = []
            if not steps:
                number, failed = number + 1, failed + 1
                print(f"not ok {number} - {page}:{line}: a transcript that no test runs: make it a ```console block")
            for command, expected in steps:
                number += 1
                printed = run(command, set_before)
                if re.match(r"(export|cd) ", command):
                    set_before.append(command)
                right = matches(expected, printed)
                failed += not right
                print(f"{'ok' if right else 'not ok'} {number} - {page}:{line}: {command[:80]}", flush=True)
                if not right:
                    print("\n".join([f"#   printed: {text}" for text in printed[:40]]))
    print(f"1..{number}")
    return 1 if failed or not number else 0


if __name__ == "__main__":
    sys.exit(main())
