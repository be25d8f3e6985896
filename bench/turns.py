"""Rounds taken in turns, so that what the machine does meanwhile hits every contestant alike.

A contestant is a program that does one round for each byte on its stdin and answers with a line
of figures. Every round asks each contestant once, in an order drawn anew. All of them are started
afresh several times, because where a process's pages happen to lie can be worth a per cent for
its whole life. One contestant is the bare program again: its ratio is 1 but for noise, and shows
how far the others can be believed.
"""

import random
import statistics
import subprocess


class Contestant:
    def __init__(self, command, environment, stderr):
        self.command = command
        self.process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=stderr)

    def round(self):
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"bench: {' '.join(map(str, self.command))} ended with status "
                             f"{self.process.wait()}: see target/bench/stderr")
        return [int(word) for word in line.split()]

    def end(self):
        self.process.stdin.close()
        if self.process.wait(timeout=60) != 0:
            raise SystemExit(f"bench: {' '.join(map(str, self.command))} ended with status {self.process.returncode}")


def take(contestants, rounds, stderr, fresh=20, warm=2):
    """`contestants`: name -> (command, environment). Returns name -> list of rounds' figures."""
    dice = random.Random(1)
    figures = {name: [] for name in contestants}
    for _ in range(fresh):
        names = list(contestants)
        dice.shuffle(names)
        running = {name: Contestant(*contestants[name], stderr) for name in names}
        for turn in range(-warm, max(1, rounds // fresh)):
            dice.shuffle(names)
            for name in names:
                answer = running[name].round()
                if turn >= 0:
                    figures[name].append(answer)
        for one in running.values():
            one.end()
    return figures


def compare(figures, column=0):
    """Medians in nanoseconds, and the ratio round by round: median, 10th and 90th percentile."""
    bare = [row[column] for row in figures["bare"]]
    guarded = [row[column] for row in figures["guarded"]]
    ratios = sorted(one / other for one, other in zip(guarded, bare))
    row = {"rounds": len(ratios), "bare": statistics.median(bare), "guarded": statistics.median(guarded),
           "above": statistics.median(one - other for one, other in zip(guarded, bare)),
           "ratio": statistics.median(ratios), "p10": ratios[len(ratios) // 10], "p90": ratios[len(ratios) * 9 // 10]}
    for name, key in (("again", "bare_again"), ("floor", "floor")):
        if name in figures:
            row[key] = statistics.median(one[column] / other for one, other in zip(figures[name], bare))
    return row
