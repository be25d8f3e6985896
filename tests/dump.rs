//! `forkproof dump`: what it says of processes that hang, that wait, and that are no more.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod command;

use command::{compiled, folder, forkproof, library, path, refused};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

fn hangs() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let program = folder("dumped").join("hangs");
        let source = include_str!("dump/hangs.c");
        assert!(compiled(&program, source, &["-O1", "-pthread"]), "tests/dump/hangs.c does not compile");
        program
    })
}

/// A program that hangs, and the process of it that is to be looked at. All of it ends with the test.
struct Hung {
    program: Child,
    pid: u32,
}

impl Hung {
    fn start(mut command: Command) -> Self {
        command.env_remove("LD_PRELOAD").env_remove("FORKPROOF_OPTIONS").env_remove("FORKPROOF_DISABLE");
        command.process_group(0).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut program = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(program.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let pid = line.trim().parse().unwrap();
        Self { program, pid }
    }

    fn bare(name: &str) -> Self {
        let mut command = Command::new(hangs());
        command.arg(name);
        Self::start(command)
    }

    /// With the library in it, which reports and changes nothing.
    fn guarded(name: &str) -> Self {
        library();
        let log = folder(&format!("dumped-{name}")).join("log");
        let mut command = Command::new(path());
        command.args(["run", "--mode=observe", "--log-file"]).arg(log).arg("--").arg(hangs()).arg(name);
        Self::start(command)
    }

    fn dump(&self) -> (i32, Value) {
        let mut command = forkproof();
        let output = command.args(["dump", "--json", &self.pid.to_string()]).output().unwrap();
        let why = String::from_utf8_lossy(&output.stderr).into_owned();
        let dump = serde_json::from_slice(&output.stdout);
        assert!(dump.is_ok(), "{}: {why}", output.status);
        (output.status.code().unwrap(), dump.unwrap())
    }

    /// The dump once `is_so`: after it has said its id, the program has a step to go until it hangs.
    fn once(&self, is_so: impl Fn(&Value) -> bool) -> (i32, Value) {
        let start = Instant::now();
        loop {
            let (status, dump) = self.dump();
            if is_so(&dump) {
                return (status, dump);
            }
            assert!(start.elapsed() < Duration::from_secs(20), "never so: {dump:#}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn once_certain(&self, rule: &str) -> Value {
        let (status, dump) = self.once(|dump| dump["certain"][0]["rule"] == rule);
        assert_eq!(status, 1, "{dump:#}");
        dump
    }

    /// The page for people.
    fn page(&self) -> String {
        let output = forkproof().args(["dump", &self.pid.to_string()]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Hung {
    fn drop(&mut self) {
        send(-self.program.id().cast_signed(), libc::SIGKILL);
        let _ = self.program.wait();
    }
}

#[allow(unsafe_code)]
fn send(to: i32, signal: i32) {
    // SAFETY: two numbers; the process or group is one that this test started and has not waited for.
    unsafe { libc::kill(to, signal) };
}

fn waits_for(dump: &Value, words: &str) -> bool {
    dump["threads"]
        .as_array()
        .unwrap()
        .iter()
        .any(|thread| thread["waits_for"].as_str().unwrap().contains(words))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[test]
fn a_lock_that_a_fork_left_behind_is_named_with_its_holder() {
    for (name, kind) in [("mutex", "mutex"), ("rwlock", "rw-lock")] {
        for hung in [Hung::bare(name), Hung::guarded(name)] {
            let dump = hung.once_certain("holder-gone");
            assert_eq!(dump["threads"][0]["lock"]["kind"], kind);
            let left = &dump["left_behind"][0];
            assert_eq!(left["name"], "worker");
            assert_eq!(dump["threads"][0]["lock"]["holder"], left["tid"]);
            let sentence = text(&dump["certain"][0]["text"]);
            assert!(sentence.contains("worker of the parent has; it does not exist here"), "{sentence}");
            assert!(sentence.contains("hangs+0x"), "{sentence}");
            // The parent hangs in nothing: it waits for a signal.
            let parent = Hung { pid: hung.program.id(), program: Command::new("true").spawn().unwrap() };
            assert_eq!(parent.dump().0, 0);
        }
    }
}

#[test]
fn the_library_knows_that_it_is_a_copy_and_the_log_what_it_met() {
    let hung = Hung::guarded("mutex");
    let dump = hung.once_certain("holder-gone");
    assert_eq!((&dump["library"], &dump["forked"]), (&Value::Bool(true), &Value::Bool(true)));
    assert!(text(&dump["log"]).ends_with("dumped-mutex/log"), "{dump:#}");
    let page = hung.page();
    assert!(page.contains("in it; the process was made by a fork"), "{page}");
    assert!(page.contains("HANGS FOR CERTAIN\n  holder-gone"), "{page}");
    let bare = Hung::bare("mutex").once_certain("holder-gone");
    assert_eq!((&bare["library"], &bare["forked"]), (&Value::Bool(false), &Value::Null));
}

#[test]
fn a_ring_of_locks_is_a_deadlock() {
    let hung = Hung::bare("deadlock");
    let dump = hung.once_certain("deadlock");
    assert_eq!(dump["certain"].as_array().unwrap().len(), 1);
    assert_eq!(dump["certain"][0]["tids"].as_array().unwrap().len(), 2);
    assert!(text(&dump["certain"][0]["text"]).contains("other; thread"), "{dump:#}");
}

#[test]
fn what_somebody_may_end_is_shown_and_not_certain() {
    let cases = [
        ("mutex-here", "held by thread "),
        ("mutex-for-a-day", "which does not exist here, for a limited time"),
        ("condition", "until another thread signals it"),
        ("condition", "the end of thread "),
        ("semaphore", "until another thread posts it"),
        ("epoll", "epoll with fd 3 (pipe, write end: this process as fd 4, "),
        ("epoll", ", at most 3600000 ms"),
        ("runs", "a signal"),
    ];
    for (name, words) in cases {
        let (status, dump) = Hung::bare(name).once(|dump| waits_for(dump, words));
        assert_eq!((status, &dump["certain"]), (0, &Value::Array(Vec::new())), "{name}: {dump:#}");
    }
}

#[test]
fn a_pipe_whose_writer_is_its_reader_is_a_lost_wait() {
    let (_, dump) = Hung::bare("pipe").once(|dump| waits_for(dump, "write end: this process as fd 4 alone"));
    assert_eq!(dump["threads"][0]["call"], "read");
    // The rule needs the library, which knows what else may wake, and sight of every process's descriptors.
    let hung = Hung::guarded("pipe");
    if fs::read_dir("/proc/1/fd").is_ok() {
        let dump = hung.once_certain("lost-wait");
        assert!(
            text(&dump["certain"][0]["text"]).contains("read on fd 3 (pipe whose write end (fd 4)"),
            "{dump:#}"
        );
    } else {
        let (status, dump) = hung.once(|dump| waits_for(dump, "write end: this process as fd 4 alone"));
        assert_eq!(status, 0, "{dump:#}");
        assert!(dump["notes"].to_string().contains("cannot be read"), "{dump:#}");
    }
}

#[test]
fn a_thread_that_runs_is_in_no_call() {
    let (_, dump) = Hung::bare("runs").once(|dump| dump["threads"][1]["worked_ms"].as_u64() > Some(0));
    assert_eq!((&dump["threads"][1]["call"], &dump["threads"][1]["name"]), (&"".into(), &"computes".into()));
}

#[test]
fn a_stopped_process_is_said_to_be_stopped_and_stays_so() {
    let hung = Hung::bare("waits");
    send(hung.pid.cast_signed(), libc::SIGSTOP);
    let (status, dump) = hung.once(|dump| dump["state"] == "stopped");
    assert_eq!(status, 0);
    assert!(dump["notes"].to_string().contains("kill -CONT"), "{dump:#}");
    assert_eq!(hung.dump().1["state"], "stopped");
}

#[test]
fn a_zombie_is_one() {
    let hung = Hung::bare("zombie");
    let (status, dump) = hung.dump();
    assert_eq!((status, &dump["state"], &dump["threads"]), (0, &"ended".into(), &Value::Array(Vec::new())));
    assert_eq!(dump["parent"], hung.program.id());
    assert!(hung.page().contains("its parent has not asked for its status yet"), "{}", hung.page());
}

#[test]
fn a_process_that_is_gone_is_gone() {
    let mut child = Command::new("true").spawn().unwrap();
    child.wait().unwrap();
    let text = refused(forkproof().args(["dump", &child.id().to_string()]), 125);
    assert_eq!(
        text,
        format!("forkproof: there is no process {0}; pgrep NAME finds one by its name", child.id())
    );
    forkproof().args(["dump", "0"]).assert().code(2);
    forkproof().args(["dump", "all"]).assert().code(2);
}

#[test]
fn a_process_that_ends_meanwhile_is_never_half_shown() {
    // Short lives, looked at all through: each is either shown whole, or said to be none.
    for _ in 0..20 {
        let mut child = Command::new("sleep").arg("0.02").spawn().unwrap();
        let output = forkproof().args(["dump", "--json", &child.id().to_string()]).output().unwrap();
        let (text, why) =
            (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        match output.status.code() {
            Some(0) => assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["pid"], child.id()),
            Some(125) => assert!(text.is_empty() && why.lines().count() == 1, "{text}{why}"),
            other => panic!("{other:?}: {text}{why}"),
        }
        child.wait().unwrap();
    }
}

#[test]
fn the_number_of_a_thread_leads_to_its_process() {
    let hung = Hung::bare("runs");
    let (_, dump) = hung.once(|dump| dump["threads"].as_array().unwrap().len() == 2);
    let tid = dump["threads"][1]["tid"].to_string();
    let output = forkproof().args(["dump", "--json", &tid]).output().unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap()["pid"], hung.pid);
    assert!(String::from_utf8_lossy(&output.stderr).contains("is a thread of process"));
}

#[test]
fn python_says_where_it_waits_and_none_is_looked_for_on_request() {
    let Some(python) = ["python3.11", "python3.12", "python3.13", "python3"].into_iter().find(|name| {
        let output =
            Command::new(name).args(["-c", "import sys; print(sys.version_info >= (3, 11))"]).output();
        output.is_ok_and(|output| output.stdout == b"True\n")
    }) else {
        println!("SKIP: no Python from 3.11 on; scripts/setup test installs one");
        return;
    };
    let script = "import os, threading\nlock = threading.Lock()\nlock.acquire()\ndef wanted():\n    lock.acquire()\n\
                  thread = threading.Thread(target=wanted)\nthread.start()\nprint(os.getpid(), flush=True)\nthread.join()\n";
    let mut command = Command::new(python);
    command.args(["-c", script]);
    let hung = Hung::start(command);
    let of_thread = |dump: &Value| dump["threads"][1]["python"][0].clone();
    let (status, dump) = hung.once(|dump| of_thread(dump)[2] == "wanted");
    assert_eq!((status, of_thread(&dump)[1].as_u64()), (0, Some(5)), "{dump:#}");
    assert!(hung.page().contains("  Python <string>:5 wanted"), "{}", hung.page());
    let output = forkproof().args(["dump", "--no-python", &hung.pid.to_string()]).output().unwrap();
    assert!(!String::from_utf8_lossy(&output.stdout).contains("Python"));
}

#[test]
fn another_users_process_is_refused_with_the_way_to_see_it() {
    let own = fs::metadata("/proc/self").map(|status| std::os::unix::fs::MetadataExt::uid(&status)).unwrap();
    let text = if own == 0 {
        // As nobody, who may look into nothing of root's: a copy of the command where nobody can run it.
        let copy = std::env::temp_dir().join(format!("forkproof-dump-{}", std::process::id()));
        fs::copy(path(), &copy).unwrap();
        let output =
            Command::new(&copy).args(["dump", &std::process::id().to_string()]).uid(65534).output().unwrap();
        fs::remove_file(&copy).unwrap();
        assert_eq!(output.status.code(), Some(126));
        String::from_utf8(output.stderr).unwrap()
    } else {
        refused(forkproof().args(["dump", "1"]), 126)
    };
    assert!(
        text.contains("is of user 0 and may not be looked into; do it as that user or as root"),
        "{text}"
    );
}

#[test]
fn the_page_is_coloured_only_where_that_is_wanted() {
    let hung = Hung::bare("deadlock");
    hung.once_certain("deadlock");
    assert!(!hung.page().contains('\u{1b}'));
    let coloured =
        forkproof().env("CLICOLOR_FORCE", "1").args(["dump", &hung.pid.to_string()]).output().unwrap();
    let coloured = String::from_utf8(coloured.stdout).unwrap();
    assert!(coloured.contains("\u{1b}[1m\u{1b}[31mdeadlock"), "{coloured:?}");
}

/// The children of a process.
fn children(pid: u32) -> Vec<u32> {
    let text = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    text.split_whitespace().map(|number| number.parse().unwrap()).collect()
}

#[test]
fn in_a_container_threads_have_other_numbers_and_are_found() {
    let able = Command::new("unshare").args(["--pid", "--fork", "--mount-proc", "true"]).output();
    if !able.is_ok_and(|output| output.status.success()) {
        println!("SKIP: this user may make no namespaces");
        return;
    }
    let mut command = Command::new("unshare");
    command.args(["--pid", "--fork", "--mount-proc"]).arg(hangs()).arg("mutex");
    let mut hung = Hung::start(command);
    let below = |pid| children(pid).first().copied().unwrap();
    hung.pid = below(below(hung.program.id()));
    let dump = hung.once_certain("holder-gone");
    let (left, lock) = (&dump["left_behind"][0], &dump["threads"][0]["lock"]);
    assert_eq!(left["name"], "worker");
    assert!(lock["holder"].as_u64() < Some(10) && left["tid"] != lock["holder"], "{dump:#}");
    let sentence = text(&dump["certain"][0]["text"]);
    assert!(
        sentence.contains(&format!("thread {} (for itself {}) worker", left["tid"], lock["holder"])),
        "{sentence}"
    );
}

#[test]
fn a_32_bit_program_is_said_to_be_one() {
    let program = folder("dumped-narrow").join("hangs");
    if !compiled(&program, include_str!("dump/hangs.c"), &["-m32", "-O1", "-pthread"]) {
        println!("SKIP: this compiler makes no 32-bit programs (apt-get install gcc-multilib)");
        return;
    }
    let mut command = Command::new(program);
    command.arg("deadlock");
    let hung = Hung::start(command);
    let (status, dump) = hung.once(|dump| dump["threads"].as_array().unwrap().len() == 2);
    assert_eq!((status, &dump["threads"][0]["call"]), (0, &"".into()));
    assert!(dump["notes"].to_string().contains("it is a 32-bit program"), "{dump:#}");
}

/// What differs from run to run and from machine to machine left out: numbers, and how this machine's Python is called.
fn without_numbers(text: &str) -> String {
    let mut plain = String::new();
    for line in text.lines().filter(|line| !line.starts_with("  program") && !line.starts_with("  log")) {
        for word in line.split(' ') {
            let word = if word.contains("app.py") { word.rsplit('/').next().unwrap() } else { word };
            let word = if word.contains("python3") { "python" } else { word };
            let word = if word.contains("+0x") || word.starts_with("0x") { "PLACE" } else { word };
            let letters = word.chars().filter(|letter| !letter.is_ascii_digit());
            plain.extend(letters.chain([' ']));
        }
        plain.push('\n');
    }
    plain
}

/// The fenced block of a page that begins with `start`, without that.
fn block<'a>(page: &'a str, start: &str) -> &'a str {
    page.split_once(start).unwrap().1.split_once("```").unwrap().0
}

#[test]
fn the_page_in_the_documents_is_what_is_shown() {
    if fs::read_dir("/proc/1/fd").is_err() {
        println!("SKIP: this user cannot see every process's descriptors, so that no lost wait is certain");
        return;
    }
    library();
    let page = include_str!("../docs/live.md");
    let folder = folder("dumped-page");
    let program = folder.join("app.py");
    fs::write(
        &program,
        block(page, "```python\n").replace("handle()\nos", "print(os.getpid(), flush=True); handle()\nos"),
    )
    .unwrap();
    let mut command = Command::new(path());
    command.arg("run").arg(format!("--log-file={}", folder.join("fork.log").display()));
    command.args(["--", "python3"]).arg(&program);
    let hung = Hung::start(command);
    hung.once(|dump| dump["certain"][0]["rule"] == "lost-wait" && dump["findings"] == 2);
    let expected = block(page, "$ forkproof dump 4712\n");
    assert_eq!(without_numbers(&hung.page()), without_numbers(expected), "{}", hung.page());
}
