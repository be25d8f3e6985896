//! What the library writes into the log besides findings, and how it keeps to the log's bound.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "the bans are for the library")]

mod command;

use command::{compiled, folder, library};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let program = folder("lives").join("lives");
        assert!(compiled(&program, include_str!("log/lives.c"), &["-O1", "-D_GNU_SOURCE", "-lutil"]));
        program
    })
}

/// Runs it under the library with these options.
fn run(arguments: &[&str], options: &str) -> Output {
    let mut command = Command::new(program());
    command.args(arguments).env("LD_PRELOAD", library()).env("FORKPROOF_OPTIONS", options);
    command.output().unwrap()
}

/// Every line of a log, each whole.
fn records(log: &Path) -> Vec<Value> {
    let text = fs::read(log).unwrap();
    assert!(text.ends_with(b"\n"), "{} ends in a torn line", log.display());
    let lines = text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    let record = |line| {
        let record = serde_json::from_slice(line);
        assert!(record.is_ok(), "no record: {}", String::from_utf8_lossy(line));
        record.unwrap()
    };
    lines.map(record).collect()
}

fn of_kind<'a>(records: &'a [Value], kind: &'a str) -> impl Iterator<Item = &'a Value> {
    records.iter().filter(move |record| record["kind"] == kind)
}

/// The lives, and what was said on standard output.
fn lived(name: &str, argument: &str) -> (Vec<Value>, Output) {
    let log = folder(&format!("lived {name} {argument}")).join("log");
    let output = run(&[name, argument], &format!("log_path={}", log.display()));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{name}");
    (records(&log), output)
}

/// `KIND CALL CHILD STATUS` of each fork, exec and reap.
fn told(records: &[Value]) -> Vec<String> {
    let spelled = |value: &Value| match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let wanted =
        records.iter().filter(|record| ["fork", "exec", "reap"].iter().any(|kind| record["kind"] == **kind));
    let line =
        |record: &Value| ["kind", "call", "child", "status"].map(|field| spelled(&record[field])).join(" ");
    wanted.map(line).collect()
}

#[test]
fn each_way_to_make_run_and_end_a_process_is_told_once_and_rightly() {
    let names = [
        "fork",
        "_Fork",
        "forkpty",
        "posix_spawn",
        "posix_spawnp",
        "unasked",
        "waitid",
        "left",
        "not yet",
        "stopped",
        "dumped",
        "execs",
        "system",
        "vfork",
        "clone",
    ];
    for name in names {
        let (records, output) = lived(name, "0");
        assert_eq!(output.status.code(), Some(if name == "execs" { 5 } else { 0 }), "{name}");
        let mut said: Vec<_> = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
        let mut told = told(&records);
        if name == "system" {
            // The shell is a program of its own, and may say of itself what it does.
            told.retain(|line| line.starts_with("fork") || line.starts_with("reap"));
        }
        said.sort();
        told.sort();
        assert_eq!(told, said, "{name}");
    }
}

#[test]
fn an_exit_tells_the_status_that_the_parent_gets() {
    for (name, argument, status) in [
        ("end", "0", 0),
        ("end", "5", 5),
        ("exit", "66", 66),
        ("exit", "257", 1),
        ("_exit", "7", 7),
        ("_Exit", "-1", 255),
    ] {
        let (records, output) = lived(name, argument);
        let start = &records[0];
        assert_eq!(start["kind"], "start");
        assert_eq!(start["exe"], fs::canonicalize(program()).unwrap().to_str().unwrap());
        assert_eq!(start["argv"], serde_json::json!([program().to_str().unwrap(), name, argument]));
        assert_eq!((&start["comm"], &start["mode"]), (&"lives".into(), &"repair".into()));
        assert_eq!(start["version"], env!("CARGO_PKG_VERSION"));
        assert_eq!(start["ppid"], std::process::id());
        let exits: Vec<_> = of_kind(&records, "exit").collect();
        assert_eq!(exits.len(), 1, "{name} {argument}");
        assert_eq!(
            (exits[0]["status"].clone(), exits[0]["pid"].clone()),
            (status.into(), start["pid"].clone())
        );
        assert_eq!(output.status.code(), Some(status), "{name} {argument}");
    }
}

#[test]
fn a_daemon_tells_whose_child_it_is_when_it_ends() {
    let (before, _) = lived("daemon", "0");
    let log = Path::new(env!("CARGO_TARGET_TMPDIR")).join("lived daemon 0/log");
    // It goes on after its parent: its last record is waited for.
    let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while !fs::read_to_string(&log).unwrap().ends_with("\"status\":3}\n") {
        assert!(std::time::Instant::now() < until, "the daemon has not ended");
        std::thread::yield_now();
    }
    let records = records(&log);
    let end = of_kind(&records, "exit").find(|record| record["status"] == 3).unwrap();
    assert_ne!(end["pid"], before[0]["pid"]);
}

#[test]
fn without_log_processes_nothing_of_it_is_written() {
    let folder = folder("without lives");
    let log = folder.join("log");
    let output = run(&["fork"], &format!("log_processes=0:log_path={}", log.display()));
    assert!(output.status.success());
    assert_eq!(fs::read(&log).unwrap(), b"");
}

#[test]
fn eight_processes_at_once_tear_no_line() {
    let (records, output) = lived("crowd", "0");
    assert!(output.status.success());
    assert_eq!(of_kind(&records, "fork").count(), 808);
    assert_eq!(of_kind(&records, "exit").count(), 809);
    let reaps: Vec<_> = of_kind(&records, "reap").collect();
    assert_eq!(reaps.len(), 808);
    for reap in reaps {
        let same = |record: &&Value| record["kind"] == "exit" && record["pid"] == reap["child"];
        let exits: Vec<_> = records.iter().filter(same).collect();
        assert_eq!(exits.len(), 1);
        assert_eq!(exits[0]["status"].as_i64().unwrap() << 8, reap["status"].as_i64().unwrap());
    }
}

#[test]
fn percent_p_gives_each_process_a_log_of_its_own_and_two_are_one() {
    let folder = folder("logs of their own");
    let output = run(&["fork"], &format!("log_path={}/a%%b.%p", folder.display()));
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    let child = said.split_whitespace().nth(2).unwrap();
    let logs: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(logs.len(), 2, "{logs:?}");
    for log in logs {
        let name = log.file_name().unwrap().to_str().unwrap().to_owned();
        let pid: u32 = name.strip_prefix("a%b.").unwrap().parse().unwrap();
        let records = records(&log);
        assert!(records.iter().all(|record| record["pid"] == pid), "{name}: {records:?}");
        assert_eq!(of_kind(&records, "exit").count(), 1);
        assert_eq!(of_kind(&records, "start").count(), usize::from(pid.to_string() != child));
    }
}

#[test]
fn a_log_that_cannot_be_opened_is_one_line_and_the_program_runs() {
    let folder = folder("no log");
    let output = run(&["fork"], &format!("log_path={}/missing/log.%p", folder.display()));
    assert!(output.status.success());
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.contains("log_path cannot be opened for appending"), "{text}");
}

/// Holds logs against docs/log.schema.json, and says how many records of each kind it saw.
const VALIDATE: &str = r"
import collections, json, sys
import jsonschema
schema = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
seen = collections.Counter()
for log in sys.argv[2:]:
    for line in open(log):
        record = json.loads(line)
        validator.validate(record)
        seen[record['kind']] += 1
        for name in list(record):
            less = {key: value for key, value in record.items() if key != name}
            assert not validator.is_valid(less), (record['kind'], 'is as good without', name)
print(*sorted(seen))
";

#[test]
fn real_logs_are_what_the_schema_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let setup = Command::new(root.join("scripts/setup-real")).arg("jsonschema").output().unwrap();
    if !setup.status.success() {
        return eprintln!("SKIP: {}", String::from_utf8_lossy(&setup.stderr));
    }
    let folder = folder("held against the schema");
    let finds = folder.join("finds");
    assert!(compiled(&finds, include_str!("log/finds.c"), &["-O1"]));
    let log = folder.join("log");
    let options = format!("log_path={}", log.display());
    for name in ["fork", "posix_spawn", "execs", "dumped"] {
        assert!(run(&[name, "0"], &options).status.code().is_some());
    }
    let mut command = Command::new(&finds);
    command.args(["1", "1"]).env("LD_PRELOAD", library()).env("FORKPROOF_OPTIONS", &options);
    assert!(command.status().unwrap().success());
    let rotated = folder.join("rotated");
    let bound = format!("log_path={}:log_max_kb=1", rotated.display());
    assert!(run(&["many", "3"], &bound).status.success());
    // A stack as docs/log.md shows it.
    let page = fs::read_to_string(root.join("docs/log.md")).unwrap();
    let shown: Vec<_> = page.lines().filter(|line| line.starts_with("{\"v\":1,")).collect();
    let example = folder.join("example");
    fs::write(&example, shown.join("\n")).unwrap();
    let mut python = Command::new(root.join("target/real-venv/bin/python"));
    python.args(["-c", VALIDATE]).arg(root.join("docs/log.schema.json"));
    let output = python.args([&log, &rotated, &rotated.with_extension("1"), &example]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(
        String::from_utf8_lossy(&output.stdout).trim(),
        "exec exit finding fork reap rotated stack start"
    );
}

/// Lines of the log and of the one before it, each whole.
fn both(log: &Path) -> (Vec<Value>, Vec<Value>) {
    (records(log), records(&log.with_extension("1")))
}

#[test]
fn a_rotation_under_sixteen_writers_loses_no_record() {
    const EACH: usize = 6250;
    let log = folder("rotated once").join("log");
    // Above half of what is written, so that one rotation is all there can be.
    let output = run(&["many", &EACH.to_string()], &format!("log_path={}:log_max_kb=7500", log.display()));
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let (new, old) = both(&log);
    assert_eq!(of_kind(&new, "exec").count() + of_kind(&old, "exec").count(), 16 * EACH);
    assert_eq!(of_kind(&new, "exit").count() + of_kind(&old, "exit").count(), 17);
    let rotated: Vec<_> = of_kind(&new, "rotated").collect();
    assert_eq!(rotated.len(), 1);
    assert_eq!(new[0]["kind"], "rotated");
    let bytes = rotated[0]["bytes"].as_u64().unwrap();
    assert!(bytes > 7500 << 10);
    assert!(fs::metadata(log.with_extension("1")).unwrap().len() >= bytes);
}

#[test]
fn the_log_keeps_to_its_bound_under_sixteen_writers() {
    let folder = folder("rotated often");
    let log = folder.join("log");
    let output = run(&["many", "6250"], &format!("log_path={}:log_max_kb=64", log.display()));
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let (new, old) = both(&log);
    assert_eq!((&new[0]["kind"], &old[0]["kind"]), (&"rotated".into(), &"rotated".into()));
    for file in [&log, &log.with_extension("1")] {
        // The bound, and a record of each writer that had looked before.
        let size = fs::metadata(file).unwrap().len();
        assert!(size < (64 << 10) + 17 * 4096, "{}: {size} bytes", file.display());
    }
    let names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
}

#[test]
fn what_is_no_file_of_its_own_is_not_renamed() {
    let folder = folder("not renamed");
    let fifo = folder.join("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    // Open to read, so that it can be written to.
    let _reader = fs::OpenOptions::new().read(true).write(true).open(&fifo).unwrap();
    let options = |log: &Path| format!("log_path={}:log_max_kb=1", log.display());
    let output = run(&["many", "100"], &options(&fifo));
    assert!(output.status.success());
    assert!(fs::symlink_metadata(&fifo).unwrap().file_type().is_fifo());
    let output = run(&["many", "100"], &options(Path::new("/dev/null")));
    assert!(output.status.success());
    assert_eq!(fs::metadata("/dev/null").unwrap().rdev(), 0x103);

    let (file, link) = (folder.join("file"), folder.join("link"));
    std::os::unix::fs::symlink("file", &link).unwrap();
    let output = run(&["many", "100"], &options(&link));
    assert!(output.status.success());
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(
        text.lines().all(|line| line.contains("log_max_kb: the log cannot be renamed (ELOOP)")),
        "{text}"
    );
    assert!(!text.is_empty());
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(of_kind(&records(&file), "exec").count(), 1600);
    let names = fs::read_dir(&folder).unwrap().count();
    assert_eq!(names, 3);
}
