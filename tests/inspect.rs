//! `forkproof inspect` and `forkproof explain`: the log and the catalogue, made readable.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod command;
#[allow(dead_code, reason = "written with the library's own encoder, so that the two cannot drift")]
#[path = "../src/wire.rs"]
mod wire;

use command::{folder, forkproof, path, printed};
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use wire::{Outcome, Record};

fn record<'a>() -> Record<'a> {
    Record {
        time_ns: 1_700_000_000_123_456_789,
        pid: 4711,
        ppid: 4690,
        tid: 4711,
        comm: b"gunicorn",
        slug: "inherited-poller",
        action: "repair",
        outcome: Outcome::Repaired,
        call: "epoll_ctl",
        fd: 7,
        owner: 4690,
        registrations: 3,
        lost: 0,
        errno: 0,
        made_at: b"libuv.so.1+0x1a2b",
        forked_at: b"python3.11+0x5e4f",
        lock: b"",
        holder: 0,
        holder_name: b"",
        holder_at: b"",
        waited_us: 0,
        held_back: 0,
        stacks: wire::Stacks::default(),
        suppressed: b"",
        text: b"a sentence",
    }
}

fn written(records: &[Record<'_>]) -> String {
    let mut text = String::new();
    for record in records {
        record.encode(&mut text).unwrap();
    }
    text
}

/// Two processes, four findings, every kind of trouble that a finding can report.
fn several() -> String {
    written(&[
        record(),
        Record {
            slug: "phantom-event",
            held_back: 10,
            call: "close",
            fd: 9,
            outcome: Outcome::Reported,
            made_at: b"",
            ..record()
        },
        Record {
            pid: 4712,
            outcome: Outcome::Failed,
            errno: libc::EMFILE,
            time_ns: record().time_ns + 1,
            ..record()
        },
        Record { lost: 2, held_back: 30, fd: 8, time_ns: record().time_ns + 2, ..record() },
    ])
}

fn log(name: &str, text: impl AsRef<[u8]>) -> PathBuf {
    let log = folder(name).join("fork.log");
    fs::write(&log, text).unwrap();
    log
}

fn inspect(log: &Path) -> assert_cmd::Command {
    let mut command = forkproof();
    command.arg("inspect").arg(log);
    command
}

#[test]
fn findings_stand_under_their_process() {
    let text = printed(&mut inspect(&log("table", several())));
    let expected = "  \
  OUTCOME   FINDING           CALL       FD  REGS  LOST  OWNER  MADE AT
4711 gunicorn, parent 4690, forked at python3.11+0x5e4f
  repaired  inherited-poller  epoll_ctl   7     3         4690  libuv.so.1+0x1a2b
  reported  phantom-event     close       9     3         4690
  repaired  inherited-poller  epoll_ctl   8     3     2   4690  libuv.so.1+0x1a2b
4712 gunicorn, parent 4690, forked at python3.11+0x5e4f
  failed    inherited-poller  epoll_ctl   7     3         4690  libuv.so.1+0x1a2b
          because: Too many open files (os error 24)

4 findings in 2 processes: 1 reported, 2 repaired, 1 failed; 40 held back by `limit`
";
    assert_eq!(text, expected);
}

#[test]
fn filters_narrow_what_is_shown() {
    let log = log("filters", several());
    for (filters, summary) in [
        (&["--pid=4712"][..], "1 finding in 1 process: 1 failed\n"),
        (
            &["--pid=4712", "--pid=4711"],
            "4 findings in 2 processes: 1 reported, 2 repaired, 1 failed; 40 held back by `limit`\n",
        ),
        (&["--slug=phantom-event"], "1 finding in 1 process: 1 reported; 10 held back by `limit`\n"),
        (&["--fd=7", "--outcome=repaired"], "1 finding in 1 process: 1 repaired\n"),
    ] {
        let text = printed(inspect(&log).args(filters));
        assert!(text.ends_with(&format!("\n{summary}")), "{filters:?}: {text}");
    }
    let none = inspect(&log).arg("--slug=phantom-events").assert().code(1);
    none.stdout("none of 4 findings matches (here: inherited-poller, phantom-event)\n");
    inspect(&log).arg("--outcome=mended").assert().code(2);
}

#[test]
fn json_is_the_logs_own_format() {
    let log = log("json", several());
    let text = printed(inspect(&log).args(["--json", "--pid=4712"]));
    assert_eq!(text, several().lines().nth(2).unwrap().to_owned() + "\n");
    let again = printed(forkproof().args(["inspect", "-"]).write_stdin(text));
    assert!(again.ends_with("1 finding in 1 process: 1 failed\n"), "{again}");
}

#[test]
fn logs_are_read_together_and_from_standard_input() {
    let (one, two) =
        (log("one", written(&[record()])), log("two", written(&[Record { pid: 5, ..record() }])));
    let text = printed(inspect(&one).arg(&two));
    assert!(text.ends_with("2 findings in 2 processes: 2 repaired\n"), "{text}");
    let text = printed(forkproof().arg("inspect").write_stdin(several()));
    assert!(text.contains("4 findings in 2 processes"), "{text}");
}

#[test]
fn lines_that_are_no_finding_are_named_and_counted() {
    let newer = written(&[record()]).replace("\"v\":1", "\"v\":2");
    let torn = &written(&[record()])[..100];
    let mut text = format!("{}not json\n{newer}", written(&[record()])).into_bytes();
    text.extend(b"\xff\xfe\0\n");
    text.extend("x".repeat(1 << 20).into_bytes());
    text.extend(format!("\n{}{torn}", written(&[record()])).into_bytes());
    let log = log("torn", text);
    let assert = inspect(&log).assert().success();
    let output = assert.get_output();
    assert!(
        String::from_utf8_lossy(&output.stdout)
            .ends_with("2 findings in 1 process: 2 repaired; 5 lines could not be read\n")
    );
    let complaints = String::from_utf8(output.stderr.clone()).unwrap();
    let starts = [
        (2, "not a JSON object"),
        (3, "format version 2"),
        (4, "not a JSON object"),
        (5, "longer than"),
        (7, "torn"),
    ];
    for ((number, start), complaint) in starts.iter().zip(complaints.lines()) {
        let expected = format!("forkproof: {}:{number}: {start}", log.display());
        assert!(complaint.starts_with(&expected), "{complaint}");
    }
    assert_eq!(complaints.lines().count(), starts.len());
}

#[test]
fn many_bad_lines_are_counted_and_not_listed() {
    let assert = inspect(&log("garbage", "x\n".repeat(1000))).assert().code(1);
    let output = assert.get_output();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "0 findings in 0 processes; 1000 lines could not be read\n"
    );
    let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(complaints.lines().count(), 11);
    assert!(complaints.ends_with("forkproof: 990 more lines are no records\n"));
}

#[test]
fn hostile_text_never_reaches_the_terminal() {
    let hostile = b"\x1b]0;x\x07\x1b[2J\xc2\x9b1m\xe2\x80\xae\xff\r\n";
    let records = [Record {
        comm: hostile,
        made_at: hostile,
        forked_at: hostile,
        lock: hostile,
        holder_name: hostile,
        holder_at: hostile,
        text: hostile,
        ..record()
    }];
    let mut text = written(&records);
    // Places that are ours in an honest log.
    text.push_str(&written(&[record()]).replace("epoll_ctl", "\\u001b[5m").replace("repaired", "\\u001b[6m"));
    text.push_str(&written(&[record()]).replace("\"finding\"", "\"\\u001b[7m\""));
    text.push_str("{\"v\":1,\"kind\":\"finding\",\"pid\":\"\\u001b[8m\",\"slug\":1,\"outcome\":1}\n");
    let log = log("hostile", text);
    for options in [&[][..], &["--json"], &["--slug=nothing"]] {
        let assert = inspect(&log).args(options).assert();
        let output = assert.get_output();
        for text in [&output.stdout, &output.stderr] {
            let text = String::from_utf8(text.clone()).unwrap();
            let steers = |letter: char| (letter.is_control() && letter != '\n') || letter == '\u{202e}';
            assert!(!text.contains(steers), "{text:?}");
        }
    }
}

#[test]
fn colour_is_for_those_who_want_it() {
    let log = log("colour", several());
    assert!(!printed(&mut inspect(&log)).contains('\x1b'));
    assert!(printed(inspect(&log).env("CLICOLOR_FORCE", "1")).contains("\x1b[32mrepaired\x1b[0m"));
    assert!(!printed(inspect(&log).env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1")).contains('\x1b'));
}

#[test]
fn a_log_that_cannot_be_read_is_named_and_the_others_are_shown() {
    let log = log("missing", several());
    let assert = inspect(Path::new("/nowhere/fork.log")).arg(&log).arg("/").assert().code(125);
    let output = assert.get_output();
    assert!(String::from_utf8_lossy(&output.stdout).contains("4 findings in 2 processes"));
    let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(complaints.starts_with("forkproof: /nowhere/fork.log: No such file"), "{complaints}");
    assert!(complaints.lines().nth(1).unwrap().starts_with("forkproof: /: Is a directory"), "{complaints}");
}

#[test]
fn a_reader_that_goes_away_has_seen_enough() {
    let log = log("reader-gone", written(&[record()]).repeat(20_000));
    for command in [&["inspect", log.to_str().unwrap()][..], &["inspect", "--json", log.to_str().unwrap()]] {
        let mut child =
            Command::new(path()).args(command).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut start = [0; 10];
        child.stdout.take().unwrap().read_exact(&mut start).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), &*output.stderr), (Some(0), &b""[..]));
    }
}

#[test]
fn a_full_disk_is_trouble() {
    let log = log("full", several());
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = Command::new(path()).arg("inspect").arg(&log).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(125));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write to standard output"));
}

#[test]
fn an_empty_log_is_no_error() {
    inspect(&log("empty", "")).assert().code(1).stdout("0 findings in 0 processes\n").stderr("");
}

#[test]
fn a_log_that_is_still_being_written_is_read_as_far_as_it_goes() {
    let mut child = Command::new(path())
        .args(["inspect", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    for piece in several().as_bytes().chunks(7) {
        stdin.write_all(piece).unwrap();
    }
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("4 findings in 2 processes"));
}

#[test]
fn every_slug_has_its_page() {
    let list = printed(forkproof().arg("explain"));
    let slugs = list.lines().filter_map(|line| line.split_once(" (default: ")).map(|(slug, _)| slug);
    let slugs = slugs.collect::<Vec<_>>();
    assert!(slugs.contains(&"inherited-poller") && slugs.contains(&"phantom-event"), "{list}");
    for slug in slugs {
        let page = printed(forkproof().args(["explain", slug]));
        let file = Path::new("src/hazards").join(slug.replace('-', "_") + ".md");
        // Wrapped anew for 80 columns: the words are the page's.
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").replace("# ", "");
        assert!(page.starts_with(slug) && page.lines().all(|line| line.chars().count() <= 80), "{page}");
        let source = fs::read_to_string(file).unwrap();
        let first = source.split("\n\n").nth(1).unwrap();
        assert!(words(&page).contains(&words(first)), "{page}");
    }
}

#[test]
fn an_unknown_slug_is_answered_with_the_known_ones() {
    let assert = forkproof().args(["explain", "inherited-polller"]).assert().code(2).stdout("");
    let text = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(
        text.contains("phantom-event") && text.contains("similar value exists: 'inherited-poller'"),
        "{text}"
    );
}

#[test]
fn a_terminal_without_a_log_is_asked_for_one() {
    // script(1) gives the command a terminal for its standard input.
    let command = format!("{} inspect", path().display());
    let Ok(output) =
        Command::new("script").args(["-qec", &command, "/dev/null"]).stdin(Stdio::null()).output()
    else {
        eprintln!("SKIP: script(1) is missing (bsdutils)");
        return;
    };
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(String::from_utf8_lossy(&output.stdout).contains("no log was named"));
}

/// Two stacks of one process, and findings that share them.
fn stacked() -> String {
    let stack = |id: u32, line: u32| {
        format!(
            r#"{{"v":1,"kind":"stack","pid":4711,"id":{id},"modules":[],"frames":[[-1,{line}]],"python":[["/srv/app.py",{line},"f"]]}}"#
        ) + "\n"
    };
    let found = |used: u32, time: u64| {
        let stacks = wire::Stacks { used, ..wire::Stacks::default() };
        written(&[Record { stacks, time_ns: record().time_ns + time, ..record() }])
    };
    [stack(1, 10), stack(2, 20), found(1, 5), found(2, 4), found(2, 6), found(9, 7)].concat()
}

#[test]
fn equal_findings_are_one_group() {
    let log = log("groups", stacked());
    let assert = inspect(&log).args(["--group", "--sort=count"]).assert().success();
    let text = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    let expected = "  \
  COUNT  OUTCOME   FINDING           CALL       PROCESSES  WHERE
      2  repaired  inherited-poller  epoll_ctl          1  /srv/app.py:20 in f
      1  repaired  inherited-poller  epoll_ctl          1  /srv/app.py:10 in f
      1  repaired  inherited-poller  epoll_ctl          1  libuv.so.1+0x1a2b

4 findings in 1 process: 4 repaired
";
    assert_eq!(text, expected);
    let complaints = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert_eq!(complaints, "forkproof: 1 stack that a finding names is not in the log\n");
}

#[test]
fn json_comes_as_it_was_read_with_what_a_newer_library_adds() {
    let text = several().replace("\"v\":1,", "\"v\":1,\"new\":[1.0,{\"a\":null}],");
    let log = log("json-raw", &text);
    assert_eq!(printed(inspect(&log).arg("--json")), text);
    let sorted = printed(inspect(&log).args(["--json", "--sort=pid"]));
    assert_eq!(sorted.lines().last(), text.lines().nth(2));
    assert!(
        printed(inspect(&log).args(["--json", "--sort=outcome"])).starts_with(text.lines().nth(1).unwrap())
    );
}

#[test]
fn the_older_part_of_a_rotated_log_is_read_first() {
    let rotated = "{\"v\":1,\"kind\":\"rotated\",\"time_ns\":1,\"pid\":4711,\"bytes\":4096}\n";
    let log = log("rotated", format!("{rotated}{}", written(&[record()])));
    let older = log.with_extension("log.1");
    fs::write(&older, several()).unwrap();
    let assert = inspect(&log).assert().success();
    assert!(String::from_utf8_lossy(&assert.get_output().stdout).contains("5 findings in 2 processes"));
    let said =
        format!("forkproof: {} is the older part of {}, and is read first\n", older.display(), log.display());
    assert_eq!(String::from_utf8_lossy(&assert.get_output().stderr), said);
    // Named too, it is read once; and a file that only looks like one is not read.
    let both = printed(inspect(&older).arg(&log));
    assert!(both.contains("5 findings in 2 processes"), "{both}");
    fs::write(&log, written(&[record()])).unwrap();
    assert!(printed(&mut inspect(&log)).contains("1 finding in 1 process"));
}

#[test]
fn findings_that_were_suppressed_are_counted_and_shown_on_request() {
    let text = written(&[record(), Record { suppressed: b"inherited-poller:libuv", fd: 8, ..record() }]);
    let log = log("suppressed", text);
    let shown = printed(&mut inspect(&log));
    assert!(shown.ends_with("\n1 finding in 1 process: 1 repaired; 1 suppressed\n"), "{shown}");
    let all = printed(inspect(&log).arg("--suppressed"));
    assert!(all.ends_with("\n2 findings in 1 process: 2 repaired\n"), "{all}");
    inspect(&log).args(["--comm=gunicorn", "--fd=8"]).assert().code(1);
    inspect(&log).arg("--comm=unicorn").assert().code(1);
}

#[test]
fn every_page_has_the_matter_in_short() {
    let list = printed(forkproof().arg("explain"));
    for slug in list.lines().filter_map(|line| line.split_once(" (default: ")).map(|(slug, _)| slug) {
        let page = printed(forkproof().args(["explain", slug]));
        let (_, section) = page.split_once("\nIn short\n\n").unwrap();
        let section = section.split("\n\n").next().unwrap();
        assert!((2..=4).contains(&section.matches(['.', ';', ':']).count().min(4)), "{slug}: {section}");
        assert!(section.lines().all(|line| line.len() <= 80), "{slug}: {section}");
    }
}
