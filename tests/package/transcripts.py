#!/usr/bin/env python3
"""Runs every transcript of README.md and docs/: what stands behind `$ ` is typed, and must print what stands below.

A block between ``` is a transcript if its first line begins with `$ `. It runs in one shell, in the project's own
folder, with the command, the library and the tests' Python in front of PATH. Numbers may differ (process ids,
times, addresses); `...` on a line of its own stands for any lines, and ` ...` at a line's end for its rest.
Prints TAP.
"""

import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TIMEOUT = 60


def transcripts(page):
    """(line number, [(command, [expected line])]) of each."""
    text = page.read_text()
    for block in re.finditer(r"^```\w*\n(.*?)^```", text, re.M | re.S):
        if not block[1].startswith("$ "):
            continue
        steps = []
        for line in block[1].splitlines():
            if line.startswith("$ "):
                steps.append((line[2:], []))
            else:
                steps[-1][1].append(line)
        yield text[:block.start()].count("\n") + 2, steps


def alike(line):
    """A line without what differs from run to run."""
    line = re.sub(r"\b0x[0-9a-f]+\b", "0", line.rstrip())
    line = re.sub(r"\d+([.,]\d+)*", "0", line)
    return re.sub(r" +", " ", line)


def matches(expected, printed):
    """Are the printed lines the expected ones?"""
    if not expected:
        return not printed
    first, rest = expected[0], expected[1:]
    if first.strip() == "...":
        return any(matches(rest, printed[skip:]) for skip in range(len(printed) + 1))
    if not printed:
        return False
    if first.endswith(" ..."):
        return alike(printed[0]).startswith(alike(first[:-4])) and matches(rest, printed[1:])
    return alike(first) == alike(printed[0]) and matches(rest, printed[1:])


def run(command, shell_lines):
    """What `command` prints after the lines before it, both streams, as a reader would see them."""
    quiet = "\n".join(f"{{ {line}\n}} >/dev/null 2>&1" for line in shell_lines)
    path = [ROOT / "target/release", ROOT / "target/real-venv/bin"]
    env = {**os.environ, "PATH": os.pathsep.join([*map(str, path), os.environ["PATH"]]), "COLUMNS": "100", "NO_COLOR": "1"}
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
