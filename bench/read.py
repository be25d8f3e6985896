"""The reader: a log of 1 GB under target/, read by the command: MB a second, and resident memory at its most."""

import os
import subprocess
import time

BYTES = 1 << 30
PROCESSES = 40
# Findings and stacks of one process.
FINDINGS, STACKS = 16, 8
START_NS = 1_700_000_000_000_000_000


def block():
    """What forty forked workers write. @@@@ becomes another number each time: other processes, other offsets."""
    lines = []

    def line(kind, place, pid, fields):
        lines.append(f'{{"v":1,"kind":"{kind}","time_ns":{START_NS // 10**10}@@@@{place:06},"pid":{pid},{fields}}}\n')

    for worker in range(PROCESSES):
        pid, place = f"2@@@@{worker:02}", worker * 100
        line("fork", place, 4690, f'"tid":4690,"call":"fork","child":{pid}')
        line("start", place + 1, pid, f'"ppid":4690,"tid":{pid},"comm":"gunicorn","exe":"/usr/bin/python3.11",'
             '"argv":["python3","-m","gunicorn","--preload","app:app"],"mode":"repair","version":"0.1.0"')
        for stack in range(STACKS):
            # Half of the stacks are those of every other worker.
            offset = 4096 + stack if stack % 2 else f"1@@@@{worker:02}{stack}"
            frames = ",".join(f"[{number % 3},{offset}]" for number in range(16))
            python = ",".join(f'["/srv/app/module{number}.py",{number + 10},"Server.step{number}"]'
                              for number in range(8))
            line("stack", place + 2 + stack, pid, f'"tid":{pid},"id":{stack + 1},"modules":['
                 '["libc.so.6","/usr/lib/x86_64-linux-gnu/libc.so.6","58254ca9b52d5d0c8a9b1a8a9b7a1c2b3d4e5f60"],'
                 '["libuv.so.1","/usr/lib/x86_64-linux-gnu/libuv.so.1","0123456789abcdef0123456789abcdef01234567"],'
                 '["app","/srv/app/app",""]],'
                 f'"frames":[{frames}],"python":[{python}],"no_python":""')
        for number in range(FINDINGS):
            made, used = number % STACKS + 1, (number + 3) % STACKS + 1
            line("finding", place + 20 + number, pid, f'"ppid":4690,"tid":{pid},"comm":"gunicorn",'
                 '"slug":"inherited-poller","action":"repair","outcome":"repaired","call":"epoll_ctl",'
                 f'"fd":{number},"owner":4690,"registrations":3,"lost":0,"errno":0,"made_at":"libuv.so.1+0x1a2b",'
                 '"forked_at":"python3.11+0x5e4f","lock":"","holder":0,"holder_name":"","holder_at":"",'
                 f'"waited_us":0,"held_back":0,"made_stack":{made},"forked_stack":0,"used_stack":{used},'
                 '"holder_stack":0,"suppressed":"",'
                 '"text":"epoll 7 was made by process 4690; this process now has its own, with 3 registrations"')
        line("exit", place + 90, pid, '"ppid":4690,"status":0')
        line("reap", place + 91, 4690, f'"child":{pid},"status":0')
    return "".join(lines).encode()


def rows(command, folder):
    """(name, MB a second, MiB resident) of each way to read."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "read.log"
    one = block()
    try:
        with log.open("wb") as out:
            for number in range(BYTES // len(one) + 1):
                out.write(one.replace(b"@@@@", b"%04d" % number))
        size = log.stat().st_size
        for name, options in (("group", ["--group", "--no-symbols"]), ("json", ["--json"]), ("table", ["--fd=7"])):
            with log.open("rb") as warm:
                while warm.read(1 << 24):
                    pass
            begun = time.monotonic()
            child = subprocess.Popen([command, "inspect", *options, log], stdout=subprocess.DEVNULL)
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            if child.returncode != 0:
                raise SystemExit(f"bench: inspect {' '.join(options)} ended with {child.returncode}")
            seconds = min(time.monotonic() - begun, usage.ru_utime + usage.ru_stime)
            yield name, size / seconds / 1e6, usage.ru_maxrss / 1024
    finally:
        log.unlink(missing_ok=True)
