//! Logs as the library writes them (docs/log.md), of runs that a test cannot have on every machine.

use serde_json::{Value, json};
use std::fmt::Write;

const START: u64 = 1_700_000_000_123_456_789;
const MS: u64 = 1_000_000;

/// A finding's fields that differ from one to the next.
struct Met {
    slug: &'static str,
    outcome: &'static str,
    action: &'static str,
    call: &'static str,
    fd: i32,
    text: &'static str,
}

const MET: [Met; 6] = [
    Met {
        slug: "inherited-poller",
        outcome: "repaired",
        action: "repair",
        call: "epoll_ctl",
        fd: 7,
        text: "epoll 7 was made by process 4000; this process now has its own, with 3 registrations",
    },
    Met {
        slug: "shared-wakeup",
        outcome: "repaired",
        action: "repair",
        call: "write",
        fd: 9,
        text: "the wake-up pipe 9 is shared with process 4000; this process now has its own",
    },
    Met {
        slug: "orphaned-lock",
        outcome: "reported",
        action: "report",
        call: "pthread_mutex_lock",
        fd: -1,
        text: "the mutex is held by thread 4003 of the parent, which is not in this process: this call will wait for ever",
    },
    Met {
        slug: "phantom-event",
        outcome: "repaired",
        action: "repair",
        call: "epoll_wait",
        fd: 7,
        text: "an event of descriptor 12, which this process has closed",
    },
    Met {
        slug: "inherited-poller",
        outcome: "failed",
        action: "repair",
        call: "epoll_wait",
        fd: 11,
        text: "epoll 11 was made by process 4000; there is no descriptor left for one of its own: calls answer EBADF",
    },
    Met {
        slug: "shared-timerfd",
        outcome: "poisoned",
        action: "poison",
        call: "read",
        fd: 14,
        text: "timer 14 belongs to process 4000; the read was refused",
    },
];

struct Log(String);

impl Log {
    fn line(&mut self, record: &Value) {
        let _ = writeln!(self.0, "{record}");
    }

    fn start(&mut self, at: u64, pid: u32, ppid: u32, exe: &str, argv: &[&str]) {
        let comm = exe.rsplit('/').next().unwrap_or_default();
        self.line(&json!({"v": 1, "kind": "start", "time_ns": START + at, "pid": pid, "ppid": ppid, "tid": pid, "comm": comm,
            "exe": exe, "argv": argv, "mode": "repair", "version": "0.1.0"}));
    }

    fn fork(&mut self, at: u64, pid: u32, child: u32) {
        self.line(&json!({"v": 1, "kind": "fork", "time_ns": START + at, "pid": pid, "tid": pid, "call": "fork", "child": child}));
    }

    fn exec(&mut self, at: u64, pid: u32, ppid: u32) {
        self.line(&json!({"v": 1, "kind": "exec", "time_ns": START + at, "pid": pid, "ppid": ppid, "call": "execve"}));
    }

    fn exit(&mut self, at: u64, pid: u32, ppid: u32, status: i32) {
        self.line(&json!({"v": 1, "kind": "exit", "time_ns": START + at, "pid": pid, "ppid": ppid, "status": status}));
    }

    fn reap(&mut self, at: u64, pid: u32, child: u32, status: i32) {
        self.line(&json!({"v": 1, "kind": "reap", "time_ns": START + at, "pid": pid, "child": child, "status": status}));
    }

    /// Stacks 1 to 3 of a process: made, forked, used; `way` says through which of the program's functions.
    fn stacks(&mut self, at: u64, pid: u32, way: usize) {
        let python = [
            vec![
                json!([
                    "/srv/venv/lib/python3.11/site-packages/tornado/platform/asyncio.py",
                    101,
                    "BaseAsyncIOLoop.initialize"
                ]),
                json!(["/srv/shop/loop.py", 12, "make_loop"]),
                json!(["/srv/shop/app.py", 6, "<module>"]),
            ],
            vec![
                json!([
                    "/srv/venv/lib/python3.11/site-packages/gunicorn/arbiter.py",
                    589,
                    "Arbiter.spawn_worker"
                ]),
                json!(["/srv/venv/lib/python3.11/site-packages/gunicorn/arbiter.py", 229, "Arbiter.run"]),
                json!(["/srv/venv/bin/gunicorn", 8, "<module>"]),
            ],
            vec![
                json!(["/usr/lib/python3.11/selectors.py", 359, "EpollSelector.register"]),
                json!([
                    "/usr/lib/python3.11/asyncio/selector_events.py",
                    286,
                    "BaseSelectorEventLoop._add_reader"
                ]),
                json!(["/srv/shop/feeds.py", 40 + way, format!("Feed.subscribe_{way}")]),
                json!(["/srv/shop/app.py", 31, "application"]),
            ],
        ];
        for (place, python) in python.into_iter().enumerate() {
            self.line(&json!({"v": 1, "kind": "stack", "time_ns": START + at, "pid": pid, "tid": pid, "id": way * 3 + place + 1,
                "modules": [["libc.so.6", "/usr/lib/x86_64-linux-gnu/libc.so.6", "58254ca9b52d5d0c8a9b1a8a9b7a1c2b3d4e5f60"],
                    ["python3.11", "/usr/bin/python3.11", ""]],
                "frames": [[0, 1_112_233], [1, 4660 + way], [1, 99_120], [-1, 139_637_976_727_552_u64]],
                "python": python, "no_python": ""}));
        }
    }

    fn finding(&mut self, at: u64, pid: u32, ppid: u32, met: &Met, way: usize) {
        let stack = way * 3;
        self.line(&json!({"v": 1, "kind": "finding", "time_ns": START + at, "pid": pid, "ppid": ppid, "tid": pid, "comm": "gunicorn",
            "slug": met.slug, "action": met.action, "outcome": met.outcome, "call": met.call, "fd": met.fd, "owner": 4000,
            "registrations": 3, "lost": 0, "errno": if met.outcome == "failed" { 24 } else { 0 },
            "made_at": "libuv.so.1+0x1a2b", "forked_at": "python3.11+0x1834f0", "lock": if met.fd < 0 { "shop.so+0x4060" } else { "" },
            "holder": if met.fd < 0 { 4003 } else { 0 }, "holder_name": if met.fd < 0 { "feed" } else { "" },
            "holder_at": "", "waited_us": 0, "held_back": 0, "made_stack": stack + 1, "forked_stack": stack + 2,
            "used_stack": stack + 3, "holder_stack": 0, "suppressed": "", "text": met.text}));
    }
}

/// A gunicorn tree: a master that an exec made, workers that are respawned when they end, helpers that they run.
/// `processes` in all, with so many findings spread over the workers.
pub fn gunicorn(processes: u32, findings: u32) -> String {
    let mut log = Log(String::new());
    log.start(0, 4000, 1, "/usr/bin/env", &["env", "gunicorn", "--preload", "shop.app:application"]);
    log.exec(4 * MS, 4000, 1);
    let master =
        ["gunicorn", "--workers=8", "--preload", "--env=DB_PASSWORD=hunter2", "shop.app:application"];
    log.start(19 * MS, 4000, 1, "/srv/venv/bin/gunicorn", &master);
    let workers = (processes - 1) / 2;
    let each = findings / workers.max(1);
    let life = 60_000 * MS / u64::from(workers.max(8)) * 8;
    let mut met = 0;
    for number in 0..workers {
        let (pid, born) =
            (4001 + 2 * number, 400 * MS + u64::from(number / 8) * life + u64::from(number % 8) * 90 * MS);
        let (helper, until) = (
            pid + 1,
            (born + life).saturating_sub(300 * MS + u64::from(number % 5) * life / 7).max(born + 30 * MS),
        );
        log.fork(born, 4000, pid);
        for way in 0..4 {
            log.stacks(born + 5 * MS, pid, way);
        }
        let mine = if number + 1 == workers { findings - met } else { each };
        for place in 0..mine {
            met += 1;
            // Most come at the worker's start, as they do: the first touches.
            let share = u64::from(place) * u64::from(place) * 1000 / u64::from(mine.max(1)).pow(2);
            let at = born + 10 * MS + (until - born - 20 * MS) * share / 1000;
            let kind = match place % 97 {
                0 => 4,
                13 => 5,
                place if place % 11 == 2 => 2,
                place => [0, 0, 1, 3][place as usize % 4],
            };
            log.finding(at, pid, 4000, &MET[kind], (place as usize + number as usize) % 4);
        }
        let asked = born + (until - born) / 3;
        log.fork(asked, pid, helper);
        log.exec(asked + 2 * MS, helper, pid);
        let tool = ["/usr/bin/convert", "/usr/bin/git", "/bin/sh"][number as usize % 3];
        log.start(asked + 9 * MS, helper, pid, tool, &[tool, "-"]);
        let status = [0, 0, 1][number as usize % 3];
        log.exit(asked + life / 6, helper, pid, status);
        log.reap(asked + life / 6 + MS, pid, helper, status << 8);
        match number % 5 {
            // Killed for its timeout; the last of all is still there when the log ends.
            1 => log.reap(until, 4000, pid, 9),
            3 => log.reap(until, 4000, pid, 0x8b),
            4 if number + 8 >= workers => {}
            4 => log.exit(until, pid, 4000, 3),
            _ => log.exit(until, pid, 4000, 0),
        }
    }
    log.exit(400 * MS + u64::from(workers / 8 + 1) * life, 4000, 1, 0);
    log.0
}

/// Names and sentences that would be markup, scripts or another reading order, if they were let.
pub fn hostile() -> String {
    const EVIL: &str = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">'\"&\u{202e}\u{1b}[2J\u{0}";
    let long = format!("{EVIL}{}", "W".repeat(3000));
    let mut log = Log(String::new());
    log.start(0, 10, 1, EVIL, &[EVIL, "--token=hunter2", &long]);
    log.fork(MS, 10, 11);
    log.exec(2 * MS, 11, 10);
    log.start(3 * MS, 11, 10, &long, &[&long]);
    log.line(&json!({"v": 1, "kind": "stack", "time_ns": START, "pid": 11, "tid": 11, "id": 1, "modules": [[EVIL, EVIL, EVIL]],
        "frames": [[0, u64::MAX], [-7, 0], [99, 1]], "python": [[EVIL, 1, EVIL], [long, 0, ""]], "no_python": EVIL}));
    for (place, at) in [(0, 0), (1, u64::MAX), (2, START + 4 * MS)] {
        log.line(&json!({"v": 1, "kind": "finding", "time_ns": at, "pid": 11, "ppid": 10, "comm": EVIL, "slug": EVIL, "outcome": EVIL,
            "action": EVIL, "call": format!("{EVIL}{place}"), "fd": i32::MIN, "made_at": long, "lock": EVIL, "holder": 9,
            "holder_name": EVIL, "errno": i32::MAX, "held_back": 7, "used_stack": 1, "suppressed": "", "text": long}));
    }
    log.line(&json!({"v": 1, "kind": "reap", "time_ns": START + 9 * MS, "pid": 10, "child": 11, "status": i32::MIN}));
    log.0
}
