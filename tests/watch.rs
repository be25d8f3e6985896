//! `forkproof run --watch`: what it says of waits, and that it stands between a program and its caller unseen.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod command;

use command::{compiled, folder, forkproof, library, path, printed, refused};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

/// A finding takes two seconds here, and on a machine with ten times the work that it can do, half a minute.
const PATIENCE: Duration = Duration::from_secs(60);

/// The waits that nobody can end, the system call, and what the finding says of each.
const GUILTY: [(&str, &str, &str); 14] = [
    ("pipe", "epoll_wait", "pipe whose write end"),
    ("socketpair", "epoll_wait", "socket whose other end"),
    ("eventfd", "epoll_wait", "eventfd that this process alone has"),
    ("empty", "epoll_wait", "with nothing in it"),
    ("nested", "epoll_wait", "(epoll with fd"),
    ("unset-timer", "epoll_wait", "timerfd that is not set"),
    ("switched-off", "epoll_wait", "switched off by EPOLLONESHOT"),
    ("poll", "poll", "pipe whose write end"),
    ("select", "select", "pipe whose write end"),
    ("read", "read", "pipe whose write end"),
    ("write", "write", "full pipe whose read end"),
    ("threads", "epoll_wait", "; futex in libc"),
    ("semaphore", "futex", "with one thread that was forked from one with 1 more"),
    ("word", "futex", "with one thread that was forked from one with 1 more"),
];

/// The waits that somebody may end.
const INNOCENT: [&str; 33] = [
    "listener",
    "child-wait",
    "child-signal",
    "signalfd",
    "timerfd",
    "inotify",
    "alarm",
    "interval-timer",
    "posix-timer",
    "pipe-shared",
    "poller-shared",
    "eventfd-shared",
    "end-sent-away",
    "end-in-flight",
    "second-thread",
    "io_uring",
    "ring-eventfd",
    "leader-gone",
    "minutely",
    "hourly",
    "terminal-signal",
    "standard-input",
    "shared-word",
    "sleep",
    "stopped",
    "asyncio.sleep(3600)",
    "asyncio.sleep(100000)",
    "asyncio and a child",
    "pool",
    "executor",
    "event and a thread",
    "communicate",
    "sigwait",
];

/// Python programs that wait for long, and for something.
fn python(name: &str) -> Option<&'static str> {
    Some(match name {
        "asyncio.sleep(3600)" => "import asyncio; asyncio.run(asyncio.sleep(3600))",
        "asyncio.sleep(100000)" => "import asyncio; asyncio.run(asyncio.sleep(100000))",
        "asyncio and a child" => {
            "import asyncio\nasync def main(): await (await asyncio.create_subprocess_exec('sleep', '1000')).wait()\nasyncio.run(main())"
        }
        "pool" => "import multiprocessing, time\nmultiprocessing.Pool(2).map(time.sleep, [1000])",
        "executor" => {
            "import concurrent.futures as c, time\nc.ProcessPoolExecutor(2).submit(time.sleep, 1000).result()"
        }
        "event and a thread" => {
            "import threading, time\nthreading.Thread(target=time.sleep, args=[1000]).start(); threading.Event().wait()"
        }
        "communicate" => "import subprocess; subprocess.run(['sleep', '1000'], capture_output=True)",
        "sigwait" => "import signal; signal.sigwait([signal.SIGTERM])",
        _ => return None,
    })
}

fn waits() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let program = folder("watched-waits").join("waits");
        let source = include_str!("watch/waits.c");
        let options = ["-O1", "-pthread", "-fopenmp"];
        assert!(compiled(&program, source, &options), "tests/watch/waits.c does not compile");
        program
    })
}

/// A program under `run --watch`, in a process group of its own that ends with the test.
struct Watched {
    command: Child,
    /// Held open: the program's own, which somebody could write to.
    input: Option<ChildStdin>,
    log: PathBuf,
}

impl Watched {
    fn start(name: &str, options: &[&str], program: &[&str]) -> Self {
        library();
        let log = folder(&format!("watched-{name}")).join("log");
        let mut command = Command::new(path());
        command.arg("run").args(options).arg(format!("--log-file={}", log.display())).arg("--").args(program);
        command.env_remove("LD_PRELOAD").env_remove("FORKPROOF_OPTIONS");
        command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut command = command.spawn().unwrap();
        Self { input: command.stdin.take(), command, log }
    }

    fn findings(&self) -> Vec<Value> {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let all = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        all.filter(|finding| finding["slug"] == "lost-wait").collect()
    }

    /// Waits until there is a finding; nothing if the time is over first.
    fn finding(&self, within: Duration) -> Option<Value> {
        let start = Instant::now();
        loop {
            if let Some(finding) = self.findings().pop() {
                return Some(finding);
            }
            if start.elapsed() > within {
                return None;
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    fn signal(&self, signal: i32) {
        send(self.command.id().cast_signed(), signal);
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        let mut byte = [0];
        let output = self.command.stdout.as_mut().unwrap();
        while output.read(&mut byte).unwrap() == 1 && byte != *b"\n" {
            line.push(char::from(byte[0]));
        }
        line
    }

    /// Everything it said on stderr, after its end.
    fn said(&mut self) -> String {
        self.input = None;
        send(-self.command.id().cast_signed(), libc::SIGKILL);
        let mut text = String::new();
        self.command.stderr.take().unwrap().read_to_string(&mut text).unwrap();
        text
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        send(-self.command.id().cast_signed(), libc::SIGKILL);
        let _ = self.command.wait();
    }
}

#[allow(unsafe_code)]
fn send(to: i32, signal: i32) {
    // SAFETY: two numbers; the process or group is one that this test started and has not waited for.
    unsafe { libc::kill(to, signal) };
}

/// How a process stands: `S`, `T` and so on.
fn state(pid: u32) -> Option<char> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    text.rsplit_once(')')?.1.trim_start().chars().next()
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "never so: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn waits_that_nobody_can_end_are_named() {
    let program = waits().to_str().unwrap();
    let start = |&(name, call, text): &(&'static str, &'static str, &'static str)| {
        (Watched::start(name, &["--watch=1"], &[program, name]), name, call, text)
    };
    for (mut watched, name, call, text) in GUILTY.iter().map(start).collect::<Vec<_>>() {
        let finding = watched.finding(PATIENCE).unwrap_or_else(|| panic!("{name}: nothing is said"));
        assert_eq!(finding["call"], call, "{name}: {finding}");
        assert_eq!((&finding["action"], &finding["outcome"]), (&"report".into(), &"reported".into()));
        let said = finding["text"].as_str().unwrap();
        assert!(said.contains(text), "{name}: {said}");
        let pid = finding["pid"].as_u64().unwrap();
        let people = watched.said();
        assert!(people.contains(&format!("forkproof[{pid}]: lost-wait: {said}")), "{name}: {people}");
        assert_eq!(watched.findings().len(), 1, "{name}");
    }
}

/// `LONG=60 cargo test --release --test watch innocent` asks with the default of five seconds for a minute.
#[test]
fn innocent_waits_are_left_in_peace() {
    let given = std::env::var("LONG").ok().map(|seconds| seconds.parse::<u64>().unwrap());
    let watch = if given.is_some() { "--watch" } else { "--watch=1" };
    let program = waits().to_str().unwrap();
    let start = |&name: &&'static str| {
        let command = match name {
            "sleep" => vec!["sleep", "1000"],
            "stopped" => vec!["sh", "-c", "kill -STOP $$"],
            name => python(name).map_or(vec![program, name], |script| vec!["python3", "-c", script]),
        };
        (name, Watched::start(name, &[watch], &command))
    };
    let mut running = INNOCENT.iter().map(start).collect::<Vec<_>>();
    thread::sleep(Duration::from_secs(given.unwrap_or(8)));
    for (name, watched) in &mut running {
        assert_eq!(watched.command.try_wait().unwrap(), None, "{name} did not wait");
        assert_eq!(watched.findings(), Vec::<Value>::new(), "{name}");
        let said = watched.said();
        assert!(!said.contains("lost-wait"), "{name}: {said}");
    }
}

/// By the library where it sees the region begin, else by the watcher.
#[test]
fn a_team_that_was_not_forked_is_named() {
    let watched = Watched::start("openmp", &["--watch=1"], &[waits().to_str().unwrap(), "openmp"]);
    let finding = watched.finding(PATIENCE).unwrap();
    assert!(finding["text"].as_str().unwrap().contains("OpenMP"), "{finding}");
}

#[test]
fn a_wait_that_goes_on_is_named_once() {
    let watched = Watched::start("once", &["--watch=1"], &[waits().to_str().unwrap(), "pipe"]);
    watched.finding(PATIENCE).unwrap();
    thread::sleep(Duration::from_secs(4));
    assert_eq!(watched.findings().len(), 1);
}

#[test]
fn the_handlers_that_could_end_it_are_named() {
    let script = "import select, os, signal\nsignal.signal(signal.SIGTERM, lambda *_: None)\nr, w = os.pipe()\nselect.select([r], [], [])";
    let watched = Watched::start("handlers", &["--watch=1"], &["python3", "-c", script]);
    let finding = watched.finding(PATIENCE).unwrap();
    let text = finding["text"].as_str().unwrap();
    assert!(text.contains("only SIGINT or SIGTERM could, if somebody sends it"), "{text}");
    assert_eq!(finding["comm"], "python3");
}

#[test]
fn each_process_has_a_log_of_its_own_where_one_is_asked_for() {
    let folder = folder("watched-percent");
    let log = format!("--log-file={}/log.%p", folder.display());
    let watched = Watched::start("percent", &["--watch=1", &log], &[waits().to_str().unwrap(), "empty"]);
    drop(watched);
    let mut command = Command::new(path());
    command.args(["run", "--watch=1", &log, "--"]).arg(waits()).arg("empty").process_group(0);
    let mut child = command.stderr(Stdio::null()).spawn().unwrap();
    until("a log of the program's own", || {
        let names = fs::read_dir(&folder).unwrap().flatten().map(|entry| entry.file_name());
        names.filter_map(|name| name.to_str()?.strip_prefix("log.")?.parse::<u32>().ok()).any(|pid| {
            let text = fs::read_to_string(folder.join(format!("log.{pid}"))).unwrap();
            text.contains(&format!("\"pid\":{pid},")) && text.contains("lost-wait")
        })
    });
    send(-child.id().cast_signed(), libc::SIGKILL);
    child.wait().unwrap();
}

#[test]
fn a_strict_run_with_a_lost_wait_has_its_status() {
    // A child waits for good; when its parent hears a line, it ends well.
    let script = format!("{} pipe & child=$!; read line; kill $child; exit 0", waits().display());
    for (mode, status) in [("strict", 66), ("repair", 0)] {
        let options = ["--watch=1", "--mode", mode];
        let mut watched = Watched::start(&format!("strict-{mode}"), &options, &["sh", "-c", &script]);
        watched.finding(PATIENCE).unwrap();
        watched.input.as_mut().unwrap().write_all(b"\n").unwrap();
        assert_eq!(watched.command.wait().unwrap().code(), Some(status), "{mode}");
    }
}

#[test]
fn status_and_signal_are_the_programs_own() {
    let watch = |script: &str| {
        let mut command = forkproof();
        command.args(["run", "--watch", "--", "sh", "-c", script]);
        command
    };
    watch("exit 7").assert().code(7);
    watch("exit 0").assert().code(0).stderr("");
    for signal in [libc::SIGTERM, libc::SIGKILL, libc::SIGSEGV, 40] {
        let output = watch(&format!("kill -{signal} $$")).assert().failure();
        assert_eq!(output.get_output().status.signal(), Some(signal));
    }
    let mut ignoring = assert_cmd::Command::new("python3");
    let script = "import os, signal, sys; signal.signal(signal.SIGCHLD, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])";
    ignoring.args(["-c", script]).arg(path()).args(["run", "--watch", "--", "sh", "-c", "exit 7"]);
    ignoring.assert().code(7);
}

#[test]
fn a_program_that_cannot_run_has_its_old_status() {
    let mut missing = forkproof();
    assert!(
        refused(missing.args(["run", "--watch", "--", "no-such-program"]), 127).contains("no-such-program")
    );
}

#[test]
fn what_is_passed_through_is_as_it_was() {
    let mut echo = forkproof();
    echo.args(["run", "--watch", "--", "cat"]).write_stdin("through");
    assert_eq!(printed(&mut echo), "through");
    let masks = |through: &[&str]| {
        let mut command = assert_cmd::Command::new("env");
        command.args(["--block-signal=USR1,TERM", "--ignore-signal=PIPE,CHLD,USR2"]).args(through);
        printed(command.args(["grep", "-E", "^Sig(Blk|Ign|Cgt)", "/proc/self/status"]))
    };
    let descriptors = |through: &[&str]| {
        let mut command = assert_cmd::Command::new("env");
        printed(command.args(through).args(["sh", "-c", "exec 9>/dev/null; ls /proc/self/fd"]))
    };
    let watched = [path().to_str().unwrap(), "run", "--watch", "--"];
    let plain = [path().to_str().unwrap(), "run", "--"];
    assert_eq!(masks(&watched), masks(&plain));
    assert_eq!(descriptors(&watched), descriptors(&plain));
}

/// A reader of the program's output hears its end, though the command lives on.
#[test]
fn the_command_keeps_no_end_of_the_programs_pipes() {
    let script = "exec >&- <&-; while :; do sleep 1000; done";
    let mut watched = Watched::start("ends", &["--watch"], &["sh", "-c", script]);
    let mut rest = String::new();
    watched.command.stdout.take().unwrap().read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "");
    assert_eq!(watched.command.try_wait().unwrap(), None);
    let mut input = watched.input.take().unwrap();
    let broken = (0..100_000).find_map(|_| input.write_all(b"x").err());
    assert_eq!(broken.unwrap().kind(), std::io::ErrorKind::BrokenPipe);
}

#[test]
fn signals_reach_the_program() {
    // gunicorn takes TTIN and TTOU, systemd sends ABRT, and 40 is a real-time one.
    let numbers = [1, 2, 3, 6, 10, 12, 14, 15, 21, 22, 23, 24, 28, 29, 40];
    let script = "import signal, sys\nfor number in sys.argv[1:]:\n    signal.signal(int(number), lambda number, _: print(number, flush=True))\nprint('ready', flush=True)\nwhile True: signal.pause()";
    let names = numbers.map(|number: i32| number.to_string());
    let names = names.iter().map(String::as_str);
    let program = ["python3", "-c", script].into_iter().chain(names).collect::<Vec<_>>();
    let mut watched = Watched::start("signals", &["--watch"], &program);
    assert_eq!(watched.line(), "ready");
    for number in numbers {
        watched.signal(number);
        assert_eq!(watched.line(), number.to_string());
    }
    watched.signal(libc::SIGTERM);
    assert_eq!(watched.line(), "15");
}

/// What the program sends to its group or its parent does not come back to it by way of the command.
#[test]
fn a_signal_of_the_programs_own_is_not_passed_on() {
    let script = "import os, signal, time\nheard = []\nsignal.signal(signal.SIGUSR1, lambda *_: heard.append(1))\nos.kill(0, signal.SIGUSR1)\nos.kill(os.getppid(), signal.SIGUSR1)\ntime.sleep(0.5)\nprint(len(heard), flush=True)";
    let mut watched = Watched::start("own-signals", &["--watch"], &["python3", "-c", script]);
    assert_eq!(watched.line(), "1");
}

/// SIGKILL cannot be passed on.
#[test]
fn who_kills_the_command_kills_the_program() {
    let mut watched = Watched::start("killed", &["--watch"], &["sh", "-c", "echo $$; read line"]);
    let program: u32 = watched.line().parse().unwrap();
    watched.signal(libc::SIGKILL);
    until("the program is gone", || state(program).is_none_or(|state| state == 'Z'));
}

/// To a first process of a container, or one that asked for it, the kernel gives the program's orphans.
#[test]
fn orphans_that_come_to_the_command_are_waited_for() {
    let script = "import ctypes, os, sys; ctypes.CDLL(None).prctl(36, 1, 0, 0, 0); os.execv(sys.argv[1], sys.argv[1:])";
    let orphan = "sh -c 'sleep 0.1 & echo $!'; read line";
    library();
    let mut command = Command::new("python3");
    command.args(["-c", script]).arg(path()).args(["run", "--watch", "--", "sh", "-c", orphan]);
    command.env_remove("LD_PRELOAD").process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let orphan: u32 = line.trim().parse().unwrap();
    until("the orphan is gone", || state(orphan).is_none());
    drop(child.stdin.take());
    assert_eq!(child.wait().unwrap().code(), Some(1), "the shell's read ended");
}

/// A time limit that somebody set before is the program's, as it would be without us.
#[test]
fn an_alarm_set_before_reaches_the_program() {
    let script = "import os, signal, sys; signal.setitimer(signal.ITIMER_REAL, 0.3); os.execv(sys.argv[1], sys.argv[1:])";
    library();
    let mut sleeper = assert_cmd::Command::new("python3");
    sleeper
        .args(["-c", script])
        .arg(path())
        .args(["run", "--watch", "--", "sleep", "1000"])
        .env_remove("LD_PRELOAD");
    let output = sleeper.timeout(Duration::from_secs(20)).output().unwrap();
    assert_eq!(output.status.signal(), Some(libc::SIGALRM));
}

#[test]
fn the_program_and_the_command_stop_and_go_on_together() {
    let script = "echo $$; read line; echo on; read line";
    let mut watched = Watched::start("stops", &["--watch"], &["sh", "-c", script]);
    let program: u32 = watched.line().parse().unwrap();
    let command = watched.command.id();
    for stop in [libc::SIGTSTP, libc::SIGSTOP] {
        if stop == libc::SIGSTOP {
            send(program.cast_signed(), stop);
        } else {
            watched.signal(stop);
        }
        until("both are stopped", || state(program) == Some('T') && state(command) == Some('T'));
        watched.signal(libc::SIGCONT);
        until("both go on", || state(program) == Some('S') && state(command) != Some('T'));
    }
    watched.input.as_mut().unwrap().write_all(b"\n").unwrap();
    assert_eq!(watched.line(), "on");
}

/// In a terminal: what a key sends reaches the program once.
#[test]
fn a_key_of_the_terminal_is_heard_once() {
    let script = r#"
import os, pty, re, select, signal, sys
child = "import signal, time\ndef heard(*_):\n    print('heard', flush=True)\nsignal.signal(signal.SIGINT, heard)\nprint('ready', flush=True)\nwhile True:\n    if signal.sigtimedwait([signal.SIGUSR1], 1000): print('asked', flush=True)"
child = "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])\n" + child
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], [sys.argv[1], "run", "--watch", "--", "python3", "-c", child])
text = b""
def until(word):
    global text
    while word not in text:
        text += os.read(fd, 1000)
until(b"ready")
os.write(fd, b"\x03")
until(b"heard")
os.kill(pid, signal.SIGUSR1)
until(b"asked")
print(text.count(b"heard"))
os.kill(pid, signal.SIGKILL)
"#;
    library();
    let mut command = assert_cmd::Command::new("python3");
    command.env_remove("LD_PRELOAD").args(["-c", script]).arg(path()).timeout(Duration::from_secs(30));
    assert_eq!(printed(&mut command), "1\n");
}

#[test]
fn without_anything_to_watch_for_the_program_runs_in_place() {
    let pid_of = |options: &[&str], variable: (&str, &str)| {
        let mut command = Command::new(path());
        command.args(["run", "--watch"]).args(options).args(["--", "sh", "-c", "echo $$"]);
        command
            .env_remove("LD_PRELOAD")
            .env(variable.0, variable.1)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        library();
        let child = command.spawn().unwrap();
        let id = child.id();
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        (String::from_utf8(output.stdout).unwrap().trim() == id.to_string(), text)
    };
    let (in_place, text) = pid_of(&["-o", "lost-wait=off"], ("X", ""));
    assert!(in_place);
    assert_eq!(text, "forkproof: warn: lost-wait=off is set: there is nothing to watch for\n");
    let (in_place, text) = pid_of(&[], ("FORKPROOF_OPTIONS", "lost-wait=off"));
    assert!(in_place && text.contains("nothing to watch for"), "{text}");
    let (in_place, text) = pid_of(&[], ("FORKPROOF_DISABLE", "1"));
    assert!(in_place && text.contains("nothing will be watched"), "{text}");
    assert!(!pid_of(&[], ("X", "")).0);
}

#[test]
fn a_bad_number_stops_before_anything_runs() {
    for bad in ["0", "five", "-1", "86401"] {
        let mut command = forkproof();
        let line = refused(command.args(["run", &format!("--watch={bad}"), "--", "echo", "it ran"]), 2);
        assert!(line.contains(&format!("--watch: lost_wait_s takes 1..86400, not `{bad}`")), "{line}");
    }
}

#[test]
fn inspect_shows_it_like_the_others() {
    let watched = Watched::start("inspected", &["--watch=1"], &[waits().to_str().unwrap(), "empty"]);
    watched.finding(PATIENCE).unwrap();
    let mut inspect = forkproof();
    let table = printed(inspect.arg("inspect").arg(&watched.log));
    let row = BufReader::new(table.as_bytes())
        .lines()
        .map_while(Result::ok)
        .find(|line| line.contains("lost-wait"));
    assert!(row.is_some_and(|row| row.contains("reported") && row.contains("epoll_wait")), "{table}");
}
