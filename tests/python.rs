//! Python frames in the log, against what each Python itself says at the same place.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod command;

use command::{folder, library};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Programs that are a Python: on PATH, in the folder of pyenv, Debian's. By version and file.
fn pythons() -> BTreeMap<(u8, PathBuf), String> {
    let mut names: Vec<PathBuf> = (8..=14).map(|minor| format!("python3.{minor}").into()).collect();
    names.extend(["python3".into(), "/usr/bin/python3".into()]);
    let pyenv = env::var_os("HOME").map(|home| PathBuf::from(home).join(".pyenv/versions"));
    for version in pyenv.and_then(|folder| folder.read_dir().ok()).into_iter().flatten().flatten() {
        names.push(version.path().join("bin/python3"));
    }
    let mut found = BTreeMap::new();
    for name in names {
        let tell = "import os, sys; print(sys.version_info[1], os.path.realpath(sys.executable), sys.version.split()[0])";
        let Ok(output) = Command::new(&name).args(["-c", tell]).output() else { continue };
        let text = String::from_utf8(output.stdout).unwrap();
        // pyenv's shim of a version that is not in use answers nothing.
        let [minor, path, version] = text.split_whitespace().collect::<Vec<_>>()[..] else { continue };
        found.insert((minor.parse().unwrap(), path.into()), version.to_owned());
    }
    assert!(!found.is_empty(), "a Python is needed: apt-get install python3");
    found
}

/// What a program printed, and the records it left in its log.
fn run(python: &Path, name: &str, arguments: &[&str]) -> (String, Vec<Value>) {
    let log = folder(&format!("python-{name}")).join("log");
    let output = Command::new(python)
        .args(arguments)
        .env("LD_PRELOAD", library())
        .env("FORKPROOF_OPTIONS", format!("limit=1000:log_path={}", log.display()))
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {} {errors}", python.display(), output.status);
    let records = fs::read_to_string(log).unwrap_or_default();
    let records = records.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (String::from_utf8(output.stdout).unwrap(), records)
}

/// The Python frames of one of the stacks that the finding refers to, and why there are none.
fn stack<'a>(records: &'a [Value], finding: &Value, which: &str) -> (&'a Value, &'a str) {
    let is_it = |record: &&Value| {
        record["kind"] == "stack" && record["pid"] == finding["pid"] && record["id"] == finding[which]
    };
    let stack = records.iter().find(is_it).unwrap_or_else(|| panic!("no {which}: {finding}"));
    (&stack["python"], stack["no_python"].as_str().unwrap())
}

#[test]
fn made_forked_and_used_are_where_python_says() {
    for ((minor, python), version) in pythons() {
        let program = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/program.py");
        let old = "import os, select\npoller = select.epoll()\nif not os.fork(): poller.register(0)\nelse: os.wait()";
        if minor < 8 {
            let (_, records) = run(&python, &version, &["-c", old]);
            let finding = records.iter().find(|record| record["kind"] == "finding").unwrap();
            assert_eq!(stack(&records, finding, "used_stack").1, "CPython before 3.8 is not read");
            println!("{} {version}: refused", python.display());
            continue;
        }
        let (output, records) = run(&python, &version, &["-W", "ignore", program]);
        let findings: HashMap<i64, &Value> = records
            .iter()
            .filter(|record| record["slug"] == "inherited-poller")
            .map(|record| (record["pid"].as_i64().unwrap(), record))
            .collect();
        let mut compared = 0;
        for line in output.lines() {
            let [pid, expected @ ..] = &serde_json::from_str::<[Value; 4]>(line).unwrap();
            let finding = findings[&pid.as_i64().unwrap()];
            for (which, expected) in ["made_stack", "forked_stack", "used_stack"].iter().zip(expected) {
                // Only the thread that came out of the fork knows where that was.
                if *which == "forked_stack" && finding["tid"] != finding["pid"] {
                    continue;
                }
                let (found, why) = stack(&records, finding, which);
                assert_eq!((found, why), (expected, ""), "{version}, {which} of {line}");
                compared += 1;
            }
        }
        assert!(compared > 60, "{version}: {compared}");
        println!("{} {version}: {compared} stacks", python.display());
    }
}
