"""What a hook costs in instructions, counted by callgrind.

A program makes one call K times and then 2K times; the difference over K is one call, and nothing
of start-up, binding or the tool is left in it. The same with the library preloaded, less the bare
figure, is the hook. Callgrind counts user instructions only, so the kernel and the load of the
machine have no part in it.
"""

import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

TIMES = 2000  # K: what happens once in a process is less than 1/K of a call

# Which calls, and in which kind of process: bench/calls.c says what each is. All are exact but `thread`: whether a
# thread has ended when it is joined is the scheduler's, and worth some twenty instructions.
CALLS = [
    ("epoll_wait", "alone"),
    ("epoll_wait", "forked"),
    ("epoll_wait", "child"),
    ("epoll_wait", "threads"),
    ("epoll_wait_8", "alone"),
    ("epoll_wait_8", "threads"),
    ("epoll_wait_8", "child"),
    ("epoll_ctl_mod", "alone"),
    ("epoll_ctl_mod", "child"),
    ("epoll_ctl_add_del", "alone"),
    ("epoll_ctl_add_del", "threads"),
    ("close", "alone"),
    ("close", "forked"),
    ("close", "child"),
    ("dup", "alone"),
    ("poll", "alone"),
    ("select", "alone"),
    ("fcntl_getfd", "alone"),
    ("syscall", "alone"),
    ("mutex", "alone"),
    ("mutex", "threads"),
    ("mutex", "forked"),
    ("mutex", "child"),
    ("rwlock_read", "alone"),
    ("semaphore", "alone"),
    ("semaphore_signal", "alone"),
    ("semaphore_signal", "child"),
    ("cond_signal", "alone"),
    ("getaddrinfo", "alone"),
    ("getaddrinfo", "threads"),
    ("localtime_r", "alone"),
    ("getenv", "alone"),
    ("thread", "alone"),
    ("sigaction", "alone"),
    ("sigaction", "forked"),
    ("handler", "alone"),
    ("handler", "forked"),
    ("handler", "child"),
    ("handler_watched", "alone"),
    ("handler_watched", "forked"),
    ("waitpid", "alone"),
    ("nanosleep", "alone"),
    ("sigprocmask", "alone"),
    ("write", "alone"),
    ("write", "forked"),
    ("write", "child"),
    ("read", "alone"),
    ("read", "child"),
    ("send", "alone"),
    ("send", "child"),
    ("sendmsg", "alone"),
    ("write_own_pipe", "alone"),
    ("write_own_pipe", "child"),
    ("pipe", "alone"),
    ("socketpair", "alone"),
    ("eventfd", "alone"),
    ("mmap", "alone"),
    ("ring_enter", "alone"),
    ("ring_enter", "child"),
]


def count(program, call, where, times, environment):
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
               program, call, where, str(times)]
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=300)
    # One figure for each process; a forked child starts with its parent's, which cancels out.
    figures = re.findall(r"^==\d+== Collected : (\d+)", done.stderr, re.MULTILINE)
    if done.returncode != 0 or len(figures) != (2 if where in ("forked", "child") else 1):
        raise SystemExit(f"bench: {' '.join(command)}: status {done.returncode}, "
                         f"{len(figures)} counts\n{done.stderr}")
    return sum(map(int, figures))


def measure(program, bare, guarded):
    """Rows for the table: instructions a call, bare, guarded, and the hook's share."""
    jobs = [(call, where, times, environment)
            for call, where in CALLS for environment in (bare, guarded) for times in (TIMES, 2 * TIMES)]
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        counts = list(pool.map(lambda job: count(program, *job), jobs))
    rows = []
    for place, (call, where) in enumerate(CALLS):
        bare_one, bare_two, guarded_one, guarded_two = counts[4 * place:4 * place + 4]
        bare_call = (bare_two - bare_one) / TIMES
        guarded_call = (guarded_two - guarded_one) / TIMES
        name = f"calls.{call}" if where == "alone" else f"calls.{call}.{where}"
        rows.append({"name": name, "unit": "instructions", "bare": bare_call, "guarded": guarded_call,
                     "judged": guarded_call - bare_call})
    return rows
