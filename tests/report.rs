//! `forkproof report`: each format is read back by a parser that others wrote.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod command;

use command::{folder, forkproof, printed};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Once;

/// A tree of three: one ends well, one meets two hazards, one of them often, and one becomes another program.
fn records() -> Vec<Value> {
    let stack = |id: u32, line: u32, function: &str| {
        json!({"v": 1, "kind": "stack", "time_ns": 2500, "pid": 11, "tid": 11, "id": id,
               "modules": [["libc.so.6", "/usr/lib/libc.so.6", ""]], "frames": [[0, 4096 + line], [-1, 77]],
               "python": [["src/loop.py", line, function], ["/usr/lib/python3.11/runpy.py", 1, "<module>"]],
               "no_python": ""})
    };
    let finding = |time_ns: u64, slug: &str, outcome: &str| {
        json!({"v": 1, "kind": "finding", "time_ns": time_ns, "pid": 11, "ppid": 10, "tid": 11, "comm": "worker",
               "slug": slug, "action": "repair", "outcome": outcome, "call": "epoll_ctl", "fd": 7, "owner": 10,
               "text": "epoll 7 was made by process 10"})
    };
    let met = |time_ns| {
        let mut met = finding(time_ns, "inherited-poller", "reported");
        met["made_stack"] = 1.into();
        met["forked_stack"] = 2.into();
        met["used_stack"] = 3.into();
        met
    };
    let accepted = || {
        let mut accepted = finding(3300, "stale-event", "reported");
        accepted["suppressed"] = "stale-event:epoll_ctl".into();
        accepted
    };
    vec![
        json!({"v": 1, "kind": "start", "time_ns": 1000, "pid": 10, "ppid": 1, "tid": 10, "comm": "python3",
               "exe": "/usr/bin/python3", "argv": ["python3", "src/loop.py"], "mode": "repair", "version": "0.1.0"}),
        json!({"v": 1, "kind": "fork", "time_ns": 2000, "pid": 10, "tid": 10, "call": "fork", "child": 11}),
        json!({"v": 1, "kind": "fork", "time_ns": 2100, "pid": 10, "tid": 10, "call": "fork", "child": 12}),
        stack(1, 5, "make"),
        stack(2, 9, "serve"),
        stack(3, 12, "use"),
        finding(2600, "phantom-event", "repaired"),
        met(3000),
        met(3100),
        accepted(),
        json!({"v": 1, "kind": "exec", "time_ns": 3500, "pid": 12, "ppid": 10, "call": "execve"}),
        json!({"v": 1, "kind": "reap", "time_ns": 4000, "pid": 10, "child": 11, "status": 9}),
        json!({"v": 1, "kind": "exit", "time_ns": 5000, "pid": 10, "ppid": 1, "status": 0}),
    ]
}

/// A program that calls itself, its files and its functions whatever could hurt a reader.
fn hostile() -> Vec<Value> {
    let words = (0..0x100_u32).chain([0x2028, 0x202e, 0x2066, 0xfeff, 0xfffe, 0xffff, 0x1_0000, 0x10_ffff]);
    let words = words.filter_map(char::from_u32).map(|letter| format!("{letter}a{letter}{letter}"));
    let known = [
        "]]>",
        "<!--",
        "</failure>",
        "&lt;&#0;",
        "::error::x",
        "%0A%25",
        "\r\n::error::y",
        "a,b:c",
        "\\\"\\",
        "{}=",
        "\"} 1\n",
    ];
    let words = words.chain(known.map(str::to_owned)).chain(["x".repeat(3000)]);
    let mut records = Vec::new();
    for (pid, word) in (100..).zip(words) {
        records.push(json!({"v": 1, "kind": "start", "time_ns": 1, "pid": pid, "comm": word, "exe": word, "argv": [word, word]}));
        records.push(json!({"v": 1, "kind": "stack", "time_ns": 2, "pid": pid, "id": 1, "modules": [[word, word, word]],
                            "frames": [[0, 1], [9, u64::MAX]], "python": [[word, 1, word]], "no_python": word}));
        records.push(json!({"v": 1, "kind": "finding", "time_ns": 3, "pid": pid, "comm": word, "slug": word,
                            "outcome": word, "call": word, "made_at": word, "lock": word, "text": word, "used_stack": 1}));
    }
    records
}

fn log(folder: &Path, records: &[Value]) -> PathBuf {
    let log = folder.join("fork.log");
    fs::write(&log, records.iter().map(Value::to_string).collect::<Vec<_>>().join("\n") + "\n").unwrap();
    log
}

/// The report in a file of the folder, and what a reader of that format made of it.
fn read_back(folder: &Path, records: &[Value], format: &str, more: &[&str]) -> Value {
    static READERS: Once = Once::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    READERS.call_once(|| {
        let setup = Command::new(root.join("scripts/setup-real")).arg("readers").output().unwrap();
        assert!(setup.status.success(), "{}", String::from_utf8_lossy(&setup.stderr));
    });
    let file = folder.join(format!("report.{format}"));
    let mut report = forkproof();
    report
        .args(["report", "--format", format, "-o"])
        .arg(&file)
        .arg(log(folder, records))
        .current_dir(folder);
    report.assert().success().stdout("");
    let mut python = Command::new(root.join("target/real-venv/bin/python"));
    python
        .arg(root.join("tests/report/readers.py"))
        .arg(if format == "json" { "report" } else { format })
        .arg(&file);
    let output = python.args(more.iter().map(|name| root.join(name))).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

const SARIF: &[&str] = &["tests/schemas/sarif-schema-2.1.0.json"];
const REPORT: &[&str] = &["docs/report.schema.json"];

#[test]
fn sarif_is_what_its_schema_says() {
    let folder = folder("report-sarif");
    fs::write(folder.join("Makefile"), "").unwrap();
    let read = read_back(&folder, &records(), "sarif", SARIF);
    assert_eq!(read["errors"], json!([]));
    assert_eq!(
        (&read["levels"], &read["files"]),
        (&json!(["error", "warning"]), &json!(["src/loop.py", "Makefile"]))
    );
    // Another run has other ids, times and addresses; an edit above moves the line.
    let again = records().into_iter().map(|mut record| {
        record["time_ns"] = (record["time_ns"].as_u64().unwrap() + 1_000_000).into();
        if let Some(lines) = record.get_mut("python") {
            lines[0][1] = 99.into();
            record["frames"][0][1] = 5.into();
        }
        record
    });
    let again = read_back(&folder, &again.collect::<Vec<_>>(), "sarif", SARIF);
    assert_eq!(read["hashes"], again["hashes"]);
    let hostile = read_back(&folder, &hostile(), "sarif", SARIF);
    assert_eq!((&hostile["errors"], hostile["results"].as_u64().unwrap() > 250), (&json!([]), true));
    assert_eq!(read_back(&folder, &[], "sarif", SARIF)["errors"], json!([]));
}

#[test]
fn the_object_is_what_its_schema_says() {
    let folder = folder("report-json");
    let read = read_back(&folder, &records(), "json", REPORT);
    assert_eq!(read, json!({"errors": [], "groups": 2, "processes": 3}));
    let read = read_back(&folder, &hostile(), "json", REPORT);
    assert_eq!(read["errors"], json!([]));
    let page = include_str!("../docs/report.md");
    let schema: Value = serde_json::from_str(include_str!("../docs/report.schema.json")).unwrap();
    for (thing, fields) in schema["$defs"].as_object().unwrap() {
        for field in fields["properties"].as_object().unwrap().keys() {
            assert!(page.contains(&format!("`{field}`")), "docs/report.md does not name {thing}.{field}");
        }
    }
}

#[test]
fn junit_has_a_failure_for_each_group() {
    let folder = folder("report-junit");
    let read = read_back(&folder, &records(), "junit", &[]);
    let names = json!([
        "forkproof.phantom-event epoll_ctl",
        "forkproof.inherited-poller src/loop.py:12 in use",
        "forkproof.process python3 (pid 10)",
        "forkproof.process process (pid 12)"
    ]);
    assert_eq!(read, json!({"cases": 4, "failed": 2, "names": names}));
    let read = read_back(&folder, &hostile(), "junit", &[]);
    assert_eq!(read["cases"], read["failed"]);
    assert_eq!(read_back(&folder, &[], "junit", &[])["cases"], 1);
}

#[test]
fn a_trace_is_well_formed() {
    let folder = folder("report-perfetto");
    let read = read_back(&folder, &records(), "perfetto", &[]);
    assert_eq!(read, json!({"M": 6, "X": 4, "s": 2, "f": 2, "i": 6}));
    read_back(&folder, &hostile(), "perfetto", &[]);
}

#[test]
fn prometheus_reads_the_counts() {
    let folder = folder("report-prom");
    let read = read_back(&folder, &records(), "prom", &[]);
    assert_eq!(
        (&read["forkproof_findings_total"], &read["forkproof_findings_suppressed_total"]),
        (&json!(3), &json!(1))
    );
    assert_eq!(read["forkproof_processes_total"], json!(3));
    let read = read_back(&folder, &hostile(), "prom", &[]);
    assert!(read["forkproof_findings_total"].as_f64().unwrap() > 250.0, "{read}");
}

#[test]
fn github_has_its_lines_and_its_page() {
    let folder = folder("report-github");
    let summary = folder.join("summary.md");
    fs::write(&summary, "before\n").unwrap();
    let mut report = forkproof();
    report.args(["report", "--format=github"]).arg(log(&folder, &records())).current_dir(&folder);
    let text = printed(report.env("GITHUB_STEP_SUMMARY", &summary));
    let lines = text.lines().collect::<Vec<_>>();
    let start =
        "::error file=src/loop.py,line=12,title=forkproof inherited-poller::a forked child uses its parent's";
    assert!(lines.len() == 2 && lines[0].starts_with(start), "{text}");
    assert!(lines[0].contains("%0Aforked here: src/loop.py:9 in serve%0A"), "{text}");
    assert!(lines[1].starts_with("::warning title=forkproof phantom-event::"), "{text}");
    let page = fs::read_to_string(&summary).unwrap();
    assert!(page.starts_with("before\n### forkproof: 3 findings in 3 processes\n"), "{page}");
    assert!(page.ends_with("\n1 suppressed.\n\n"), "{page}");
    let log = log(&folder, &hostile());
    let text =
        printed(forkproof().args(["report", "--format=github"]).arg(log).env_remove("GITHUB_STEP_SUMMARY"));
    assert!(text.lines().all(|line| line.starts_with("::error ")), "{text}");
}

#[test]
fn the_extension_says_what_to_write() {
    let folder = folder("report-extension");
    let log = log(&folder, &records());
    for (name, start) in [
        ("a.json", "{\n  \"schema\": \"forkproof/1\""),
        ("a.sarif", "{\n  \"$schema\": \"https://docs.oasis-open.org/sarif/"),
        ("a.xml", "<?xml version=\"1.0\""),
        ("a.prom", "# HELP forkproof_findings_total "),
        ("a.html", "<!DOCTYPE html>"),
    ] {
        let file = folder.join(name);
        forkproof().args(["report", "-o"]).arg(&file).arg(&log).assert().success();
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.starts_with(start), "{name}: {}", &text[..80]);
    }
    let line = command::refused(forkproof().args(["report", "-o", "a.doc"]).arg(&log), 2);
    assert!(line.ends_with("a.doc: its extension does not say what to write; add --format=FORMAT"), "{line}");
    let text = printed(forkproof().arg("report").arg(&log));
    assert!(text.contains("src/loop.py:12 in use"), "{text}");
}

#[test]
fn findings_decide_the_status_where_that_is_asked_for() {
    let folder = folder("report-status");
    let log = log(&folder, &records());
    let report = |more: &[&str]| {
        let mut report = forkproof();
        report.args(["report", "--format=json"]).args(more).arg(&log).current_dir(&folder);
        report
    };
    report(&[]).assert().success();
    report(&["--error-exitcode=9"]).assert().code(9);
    report(&["--error-exitcode=0"]).assert().code(2);
    fs::write(folder.join("all.supp"), "# accepted\ncalled_from_lib:^epoll_ctl$\n").unwrap();
    let silent = report(&["--error-exitcode=9", "--suppressions=all.supp"]).assert().success();
    let object: Value = serde_json::from_slice(&silent.get_output().stdout).unwrap();
    assert_eq!((&object["groups"], &object["tally"]["suppressed"]), (&json!([]), &json!(4)));
    fs::write(folder.join("two.supp"), "inherited-poller:*\nlost-wait:*\n").unwrap();
    let unused = report(&["-v", "--no-symbols", "--suppressions=two.supp"]).assert().success();
    let unused = String::from_utf8_lossy(&unused.get_output().stderr).into_owned();
    assert_eq!(unused, "forkproof: two.supp:2: lost-wait:* silences nothing here\n");
    let unreadable = report(&["no-such.log"]).assert().code(125);
    assert!(String::from_utf8_lossy(&unreadable.get_output().stderr).contains("no-such.log"));
    report(&["--suppressions=no-such.supp"]).assert().code(125);
    report(&["-o", "/no/such/folder/x"]).assert().code(125);
}

#[test]
fn a_closed_standard_output_is_trouble() {
    let folder = folder("report-closed");
    let log = log(&folder, &records());
    let mut shell = Command::new("sh");
    shell.args(["-c", "\"$0\" report \"$1\" >&-"]).arg(command::path()).arg(log);
    let output = shell.output().unwrap();
    assert_eq!(output.status.code(), Some(125));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.ends_with("forkproof: cannot write to standard output: it is closed\n"), "{said}");
}
