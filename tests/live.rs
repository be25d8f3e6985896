//! `forkproof watch`: logs that grow, turn over and come later, and what it does to a terminal.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod command;

use command::{folder, forkproof, library, path, refused};
use nix::pty::{Winsize, openpty};
use nix::sys::termios;
use serde_json::Value;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(30);

fn finding(pid: u32, text: &str) -> String {
    format!(
        "{{\"v\":1,\"kind\":\"finding\",\"time_ns\":1700000000123456789,\"pid\":{pid},\"ppid\":1,\"tid\":{pid},\"comm\":\"app\",\
         \"slug\":\"inherited-poller\",\"action\":\"repair\",\"outcome\":\"repaired\",\"call\":\"epoll_ctl\",\"fd\":7,\
         \"text\":\"{text}\"}}\n"
    )
}

fn add(log: &Path, text: &str) {
    OpenOptions::new().append(true).create(true).open(log).unwrap().write_all(text.as_bytes()).unwrap();
}

/// `forkproof watch` into a pipe; it ends with the test.
struct Watch {
    command: Child,
    lines: Receiver<String>,
}

impl Watch {
    fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(path());
        command.arg("watch").args(arguments).env_remove("CLICOLOR_FORCE");
        let mut command =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = lines(command.stdout.take().unwrap());
        Self { command, lines }
    }

    fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).unwrap()
    }

    fn end(&mut self, signal: i32) -> ExitStatus {
        send(self.command.id(), signal);
        ended(&mut self.command)
    }

    fn complaints(&mut self) -> String {
        let mut text = String::new();
        self.command.stderr.take().unwrap().read_to_string(&mut text).unwrap();
        text
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.command.kill();
        let _ = self.command.wait();
    }
}

fn lines(output: ChildStdout) -> Receiver<String> {
    let (said, all) = channel();
    thread::spawn(move || {
        BufReader::new(output).lines().map_while(Result::ok).try_for_each(|line| said.send(line))
    });
    all
}

#[allow(unsafe_code)]
fn send(pid: u32, signal: i32) {
    // SAFETY: two numbers; the process is one that this test started and has not waited for.
    unsafe { libc::kill(pid.cast_signed(), signal) };
}

fn ended(child: &mut Child) -> ExitStatus {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        assert!(start.elapsed() < PATIENCE, "it does not end");
        thread::sleep(Duration::from_millis(5));
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_finding_is_a_line_and_a_torn_one_waits_for_its_end() {
    let log = folder("live-grows").join("log");
    add(&log, &finding(11, "before"));
    let mut watch = Watch::start(&[text(&log)]);
    assert_eq!(watch.line(), "22:13:20Z 11 app repaired inherited-poller epoll_ctl fd 7: before");
    let line = finding(12, "torn");
    let (head, tail) = line.split_at(70);
    add(&log, head);
    let other = log.with_file_name("other");
    add(&log, tail);
    add(&log, "no json\n");
    add(&log, &finding(13, "\\u001b[2Jafter"));
    assert!(watch.line().ends_with(": torn"));
    assert_eq!(watch.line(), "22:13:20Z 13 app repaired inherited-poller epoll_ctl fd 7: \\u{1b}[2Jafter");
    add(&other, &finding(14, "not asked for"));
    assert!(watch.end(libc::SIGINT).success());
    let complaints = watch.complaints();
    assert!(
        complaints.starts_with(&format!("forkproof: {}:3: not a JSON object", text(&log))),
        "{complaints}"
    );
    assert!(watch.lines.recv().is_err());
}

#[test]
fn a_log_that_turns_over_loses_nothing() {
    let folder = folder("live-turns");
    let log = folder.join("log");
    let watch = Watch::start(&[text(&log)]);
    let mut number = 0;
    // As the library does it, and with a writer that still has the old file.
    for round in 0..5 {
        let mut late = OpenOptions::new().append(true).create(true).open(&log).unwrap();
        for _ in 0..20 {
            number += 1;
            add(&log, &finding(number, "x"));
        }
        // In the first rounds all is seen before the renaming, in the others nothing need be.
        let seen_before = round < 2;
        if seen_before {
            (1..=20).for_each(|_| drop(watch.line()));
        }
        fs::rename(&log, folder.join("log.1")).unwrap();
        add(&log, "{\"v\":1,\"kind\":\"rotated\",\"time_ns\":1,\"bytes\":99}\n");
        late.write_all(finding(1000 + round, "late").as_bytes()).unwrap();
        if !seen_before {
            (1..=20).for_each(|_| drop(watch.line()));
        }
        assert!(watch.line().contains(&format!("Z {} app", 1000 + round)));
    }
    // Emptied in place, and by then shorter than what was read of it.
    add(&log, &finding(1, "before").repeat(3));
    assert_eq!((0..3).filter(|_| watch.line().ends_with(": before")).count(), 3);
    File::create(&log).unwrap();
    add(&log, &finding(7777, "anew"));
    assert!(watch.line().contains("Z 7777 app"));
}

#[test]
fn a_folder_gives_its_logs_and_those_that_come() {
    let folder = folder("live-folder");
    add(&folder.join("one.log"), &finding(1, "one"));
    fs::write(folder.join("readme.txt"), "no log\n").unwrap();
    fs::create_dir(folder.join("below")).unwrap();
    let mut watch = Watch::start(&[text(&folder)]);
    assert!(watch.line().ends_with(": one"));
    let begun = folder.join("two.log");
    add(&begun, "{\"v");
    add(&begun, &finding(2, "two")[3..]);
    assert!(watch.line().ends_with(": two"));
    assert!(watch.end(libc::SIGINT).success());
    assert_eq!(watch.complaints(), "");
}

#[test]
fn json_passes_every_record_on_as_it_is() {
    let log = folder("live-json").join("log");
    let records = [
        "{\"v\":1,\"kind\":\"fork\",\"time_ns\":5,\"pid\":7,\"tid\":7,\"call\":\"fork\",\"child\":8}\n".to_owned(),
        "{\"v\":1,\"kind\":\"stack\",\"time_ns\":6,\"pid\":8,\"tid\":8,\"id\":1,\"modules\":[],\"frames\":[],\"python\":[],\"no_python\":\"\"}\n".to_owned(),
        finding(8, "x").replace("\"v\":1", "\"v\":1,\"new\":[1]"),
    ];
    add(&log, &records.concat());
    let mut command = forkproof();
    let output = command.args(["watch", "--json", "--for", "2", text(&log)]).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), records.concat());
    assert!(output.status.success());
}

#[test]
fn a_burst_is_shown_whole() {
    let log = folder("live-burst").join("log");
    let mut watch = Watch::start(&["--json", text(&log)]);
    let mut file = File::create(&log).unwrap();
    let some = (1..=1000).map(|pid| finding(pid, "burst")).collect::<String>();
    for _ in 0..20 {
        file.write_all(some.as_bytes()).unwrap();
    }
    for number in 0..20_000 {
        let value: Value = serde_json::from_str(&watch.line()).unwrap();
        assert_eq!(value["pid"], number % 1000 + 1);
    }
    assert!(watch.end(libc::SIGINT).success());
}

#[test]
fn a_reader_that_goes_away_has_seen_enough() {
    let log = folder("live-reader").join("log");
    add(&log, &finding(1, "first"));
    let mut command = Command::new(path());
    command.args(["watch", "--json", text(&log)]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut command = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(command.stdout.take().unwrap()).read_line(&mut line).unwrap();
    add(&log, &finding(2, "second"));
    assert!(ended(&mut command).success());
    let mut complaints = String::new();
    command.stderr.take().unwrap().read_to_string(&mut complaints).unwrap();
    assert_eq!(complaints, "");
}

#[test]
fn a_process_is_followed_with_its_children_until_all_have_ended() {
    library();
    let folder = folder("live-process");
    // A shell that makes children, each with a log of its own, and a stranger who writes into the same folder.
    let mut program = Command::new(path());
    program.arg("run").arg(format!("--log-file={}", text(&folder.join("log.%p"))));
    program.args([
        "-o",
        "log_processes=1",
        "--",
        "sh",
        "-c",
        "read line; (read line; true) < /dev/null; sleep 0",
    ]);
    let mut program = program.stdin(Stdio::piped()).spawn().unwrap();
    until_guarded(&program);
    let own_log = folder.join(format!("log.{}", program.id()));
    add(&own_log, &finding(program.id(), "mine"));
    add(&own_log, &finding(4_000_000, "a stranger's"));
    add(&folder.join("log.4000001"), &finding(4_000_001, "a child's"));
    let mut watch = Watch::start(&["--json", "-p", &program.id().to_string()]);
    let mut all = Vec::new();
    while !all.iter().any(|line: &String| line.contains("\"mine\"")) {
        all.push(watch.line());
    }
    let fork =
        format!("{{\"v\":1,\"kind\":\"fork\",\"time_ns\":1,\"pid\":{},\"child\":4000001}}\n", program.id());
    add(&own_log, &fork);
    drop(program.stdin.take());
    program.wait().unwrap();
    assert!(ended(&mut watch.command).success());
    all.extend(watch.lines.iter());
    // This one lived too short to be seen; its log was named by its parent's.
    assert!(all.concat().contains("\"a child's\""), "{all:#?}");
    assert!(!all.concat().contains("a stranger's"));
}

#[test]
fn what_cannot_be_followed_is_said() {
    let folder = folder("live-refused");
    let nowhere = folder.join("no/log");
    assert!(refused(forkproof().args(["watch", text(&nowhere)]), 125).contains("there is no folder"));
    let mut sleeper = Command::new("sleep").arg("100").spawn().unwrap();
    let pid = sleeper.id().to_string();
    let said = refused(forkproof().args(["watch", "-p", &pid]), 125);
    assert!(
        said.ends_with("has no forkproof in it; start it with forkproof run --log-file=FILE -- PROGRAM"),
        "{said}"
    );
    sleeper.kill().unwrap();
    sleeper.wait().unwrap();
    assert!(
        refused(forkproof().args(["watch", "-p", &pid]), 125)
            .ends_with(&format!("there is no process {pid}"))
    );
    library();
    let mut guarded = Command::new(path()).args(["run", "--", "sleep", "100"]).spawn().unwrap();
    until_guarded(&guarded);
    let said = refused(forkproof().args(["watch", "-p", &guarded.id().to_string()]), 125);
    assert!(said.contains("writes no log"), "{said}");
    guarded.kill().unwrap();
    guarded.wait().unwrap();
    forkproof().arg("watch").assert().code(2);
    forkproof().args(["watch", "-p", "1", "log"]).assert().code(2);
}

/// Waits until the command has become the program, and the library is in it.
fn until_guarded(program: &Child) {
    let start = Instant::now();
    let maps = || fs::read_to_string(format!("/proc/{}/maps", program.id())).unwrap();
    while !maps().contains("libforkproof.so") {
        assert!(start.elapsed() < PATIENCE, "the library does not come into it");
        thread::sleep(Duration::from_millis(5));
    }
}

/// `forkproof watch` with a terminal of its own.
struct Terminal {
    master: File,
    slave: OwnedFd,
    command: Child,
    before: termios::Termios,
    shown: Vec<u8>,
}

impl Terminal {
    #[allow(unsafe_code)]
    fn start(arguments: &[&str]) -> Self {
        let size = Winsize { ws_row: 12, ws_col: 60, ws_xpixel: 0, ws_ypixel: 0 };
        let pty = openpty(Some(&size), None).unwrap();
        let before = termios::tcgetattr(&pty.slave).unwrap();
        let mut command = Command::new(path());
        command
            .arg("watch")
            .args(arguments)
            .env("TERM", "xterm")
            .env_remove("NO_COLOR")
            .env_remove("CLICOLOR");
        let end = || Stdio::from(pty.slave.try_clone().unwrap());
        command.stdin(end()).stdout(end()).stderr(end());
        // SAFETY: two system calls of plain numbers, in a child with one thread.
        unsafe {
            command.pre_exec(|| {
                if libc::setsid() < 0 || libc::ioctl(0, libc::TIOCSCTTY, 0) < 0 {
                    return Err(io::Error::last_os_error());
                }
                Ok(())
            })
        };
        let command = command.spawn().unwrap();
        Self { master: File::from(pty.master), slave: pty.slave, command, before, shown: Vec::new() }
    }

    /// Reads until this has been shown.
    fn until(&mut self, words: &str) -> String {
        let start = Instant::now();
        loop {
            let text = String::from_utf8_lossy(&self.shown).into_owned();
            if let Some(place) = text.find(words) {
                self.shown = text.as_bytes()[place + words.len()..].to_vec();
                return text[..place].to_owned();
            }
            assert!(start.elapsed() < PATIENCE, "never shown: {words}; {text}");
            let mut ready = [nix::poll::PollFd::new(
                std::os::fd::AsFd::as_fd(&self.master),
                nix::poll::PollFlags::POLLIN,
            )];
            if nix::poll::poll(&mut ready, 100_u8).unwrap() > 0 {
                let mut piece = [0; 4096];
                let count = self.master.read(&mut piece).unwrap();
                self.shown.extend(&piece[..count]);
            }
        }
    }

    fn is_as_before(&self) -> bool {
        termios::tcgetattr(&self.slave).unwrap().local_flags == self.before.local_flags
    }

    #[allow(unsafe_code)]
    fn resize(&self, columns: u16) {
        let size = Winsize { ws_row: 12, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        // SAFETY: an open terminal, and a structure that the call only reads (`ioctl_tty(2)`).
        unsafe { libc::ioctl(self.master.as_raw_fd(), libc::TIOCSWINSZ, &size) };
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.command.kill();
        let _ = self.command.wait();
    }
}

#[test]
fn the_picture_is_drawn_in_place_and_the_terminal_is_left_as_it_was() {
    let log = folder("live-terminal").join("log");
    add(&log, &finding(std::process::id(), "first"));
    for end in ["q", "\u{3}"] {
        let mut terminal = Terminal::start(&[text(&log)]);
        terminal.until("LATEST FINDINGS");
        assert!(!terminal.is_as_before());
        // Over the last picture, line by line: neither a screen of its own nor an empty one.
        add(&log, &finding(2, "second"));
        let between = terminal.until("second");
        assert!(
            between.contains("A\r") && !between.contains("[?1049h") && !between.contains("[2J"),
            "{between:?}"
        );
        terminal.resize(30);
        send(terminal.command.id(), libc::SIGWINCH);
        // A picture may have been under way that is still wide.
        terminal.until("\u{1b}[J");
        let redrawn = terminal.until("\u{1b}[J");
        for line in redrawn.lines() {
            let plain = anstream::adapter::strip_str(line).to_string();
            assert!(plain.trim().chars().count() <= 30, "{plain:?}");
        }
        terminal.master.write_all(end.as_bytes()).unwrap();
        terminal.until("\u{1b}[J");
        assert_eq!(ended(&mut terminal.command).code(), Some(0), "{end:?}");
        assert!(terminal.is_as_before());
    }
}

#[test]
fn a_signal_that_ends_or_stops_it_leaves_the_terminal_as_it_was() {
    let log = folder("live-signals").join("log");
    add(&log, &finding(std::process::id(), "first"));
    let mut terminal = Terminal::start(&[text(&log)]);
    terminal.until("LATEST FINDINGS");
    terminal.master.write_all(b"\x1a").unwrap();
    let state = |pid: u32| {
        let text = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        text.rsplit_once(')').unwrap().1.trim_start().chars().next().unwrap()
    };
    let start = Instant::now();
    while state(terminal.command.id()) != 'T' {
        assert!(start.elapsed() < PATIENCE, "it does not stop");
        thread::sleep(Duration::from_millis(5));
    }
    assert!(terminal.is_as_before());
    terminal.shown.clear();
    send(terminal.command.id(), libc::SIGCONT);
    terminal.until("LATEST FINDINGS");
    let start = Instant::now();
    while terminal.is_as_before() {
        assert!(start.elapsed() < PATIENCE, "keys are not read again");
        thread::sleep(Duration::from_millis(5));
    }
    send(terminal.command.id(), libc::SIGTERM);
    assert_eq!(ended(&mut terminal.command).signal(), Some(libc::SIGTERM));
    assert!(terminal.is_as_before());
}

#[test]
fn the_picture_in_the_documents_is_what_is_shown() {
    let log = folder("live-page").join("fork.log");
    let own = std::process::id();
    // A process that exists, under the number of its parent, and one that has ended.
    let mut child = Command::new("sleep").arg("100").spawn().unwrap();
    let (now, living) = (u64::try_from(now_ns()).unwrap(), child.id());
    let life = |kind: &str, pid: u32, rest: &str| {
        format!("{{\"v\":1,\"kind\":\"{kind}\",\"time_ns\":{now},\"pid\":{pid},\"tid\":{pid},{rest}}}\n")
    };
    add(&log, &life("start", own, "\"comm\":\"gunicorn\""));
    for (later, pid) in [(1, living), (2, 4_000_712)] {
        let line = life("fork", own, &format!("\"call\":\"fork\",\"child\":{pid}"));
        add(&log, &line.replace(&now.to_string(), &(now + later).to_string()));
    }
    add(&log, &finding(living, "epoll 7 was made by process 4690"));
    let other = finding(4_000_712, "sem_trywait of the semaphore").replace("repaired", "reported");
    add(
        &log,
        &other
            .replace("inherited-poller", "orphaned-lock")
            .replace("epoll_ctl", "sem_trywait")
            .replace("\"fd\":7", "\"fd\":-1"),
    );
    add(&log, &life("reap", own, "\"child\":4000712,\"status\":768"));
    let text_of_log = fs::read_to_string(&log).unwrap().replace("\"comm\":\"app\"", "\"comm\":\"gunicorn\"");
    fs::write(&log, text_of_log.replace("\"ppid\":1,", "")).unwrap();
    let mut terminal = Terminal::start(&[text(&log)]);
    terminal.resize(110);
    terminal.until("sem_trywait of the semaphore");
    terminal.master.write_all(b"q").unwrap();
    let last = loop {
        let picture = terminal.until("\u{1b}[J");
        let picture = anstream::adapter::strip_str(&picture).to_string();
        if picture.contains("sem_trywait of the semaphore") {
            break picture;
        }
    };
    child.kill().unwrap();
    child.wait().unwrap();
    let page = include_str!("../docs/live.md");
    let expected = page.split_once("$ forkproof watch fork.log\n").unwrap().1.split_once("```").unwrap().0;
    let plain = |text: &str| {
        let words = |line: &str| {
            let words =
                line.split_whitespace().map(|word| word.replace(|letter: char| letter.is_ascii_digit(), ""));
            words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
        };
        text.trim().lines().map(words).collect::<Vec<_>>()
    };
    assert_eq!(plain(&last), plain(expected), "{last}");
}

fn now_ns() -> u128 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos()
}
