//! `forkproof suppress`, and suppressions given to `inspect`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod command;

use command::{folder, forkproof, printed};
use std::fs;
use std::path::{Path, PathBuf};

fn stack(id: u32, python: &str) -> String {
    format!(
        r#"{{"v":1,"kind":"stack","pid":7,"id":{id},"modules":[["libuv.so.1","/usr/lib/libuv.so.1",""],["app","/nowhere/app",""]],"frames":[[0,16],[1,32]],"python":[{python}]}}"#
    ) + "\n"
}

fn finding(slug: &str, used: u32, more: &str) -> String {
    format!(
        r#"{{"v":1,"kind":"finding","time_ns":5,"pid":7,"tid":7,"slug":"{slug}","outcome":"repaired","comm":"app","fd":-1,"call":"epoll_ctl","used_stack":{used}{more}}}"#
    ) + "\n"
}

fn log(name: &str) -> (PathBuf, PathBuf) {
    let folder = folder(name);
    let log = folder.join("fork.log");
    let text = [
        stack(1, r#"["/usr/lib/python3.11/selectors.py",360,"register"],["/srv/app.py",12,"Server.start"]"#),
        stack(2, ""),
        stack(3, r#"["/srv/app.py",3,"<module>"]"#),
        finding("inherited-poller", 1, ""),
        finding("inherited-poller", 1, ""),
        finding("lost-wait", 2, ""),
        finding("lost-wait", 3, ""),
        finding("phantom-event", 0, r#","made_at":"libev.so.4+0x10""#),
        finding("late-completion", 0, ""),
        finding("stale-event", 1, r#","suppressed":"stale-event:x""#),
    ];
    fs::write(&log, text.concat()).unwrap();
    (folder, log)
}

fn suppress(log: &Path) -> assert_cmd::Command {
    let mut command = forkproof();
    command.arg("suppress").arg(log);
    command
}

#[test]
fn each_kind_of_finding_has_its_line() {
    let (_, log) = log("suppress");
    let expected = "\
# 2 findings repaired in 7 app, /srv/app.py:12 in Server.start
inherited-poller:^Server.start$
# 1 finding repaired in 7 app, app+0x20
lost-wait:^app$
# 1 finding repaired in 7 app, /srv/app.py:3 in <module>
lost-wait:^/srv/app.py$
# 1 finding repaired in 7 app
phantom-event:^libev.so.4$
# 1 finding repaired in 7 app
late-completion:^epoll_ctl$
";
    assert_eq!(printed(&mut suppress(&log)), expected);
}

#[test]
fn the_lines_silence_what_they_were_made_for_and_nothing_is_left() {
    let (folder, log) = log("suppress-all");
    let file = folder.join("forkproof.supp");
    fs::write(&file, printed(&mut suppress(&log))).unwrap();
    let inspect = |options: &[&str]| {
        let mut command = forkproof();
        command.arg("inspect").args(options).arg("--suppressions").arg(&file).arg(&log);
        command
    };
    inspect(&[]).assert().code(1).stdout("0 findings in 0 processes; 7 suppressed\n");
    let all = printed(&mut inspect(&["--suppressed"]));
    assert!(all.ends_with("\n7 findings in 1 process: 7 repaired\n"), "{all}");
    inspect(&["--json"]).assert().code(1).stdout("");
    suppress(&log).arg("--check").arg(&file).assert().code(0).stdout("").stderr("");
}

#[test]
fn lines_that_silence_nothing_are_named() {
    let (folder, log) = log("suppress-unused");
    let file = folder.join("forkproof.supp");
    fs::write(&file, "# accepted\nlost-wait:^libuv.so.1$\n\nlost-wait:nobody\nnonsense\norphaned-lock:*\n")
        .unwrap();
    let name = file.display();
    let unused = format!("{name}:4: lost-wait:nobody\n{name}:6: orphaned-lock:*\n");
    let check = suppress(&log).arg("--check").arg(&file).assert().code(1).stdout(unused.clone());
    let complaint = String::from_utf8_lossy(&check.get_output().stderr).into_owned();
    assert!(complaint.contains("line 5: `nonsense` ignored"), "{complaint}");
    let assert = forkproof()
        .args(["inspect", "--unused-suppressions", "--suppressions"])
        .arg(&file)
        .arg(&log)
        .assert()
        .success();
    let complaints = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    for line in unused.lines() {
        assert!(complaints.contains(&format!("{line}: silences none of these")), "{complaints}");
    }
    let text = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    assert!(text.ends_with("4 findings in 1 process: 4 repaired; 3 suppressed\n"), "{text}");
}

#[test]
fn a_file_that_is_not_there_is_trouble_and_an_empty_log_has_nothing() {
    let (folder, log) = log("suppress-missing");
    let check = suppress(&log).args(["--check", "/nowhere/x.supp"]).assert().code(125).stdout("");
    let complaint = String::from_utf8_lossy(&check.get_output().stderr).into_owned();
    assert!(complaint.starts_with("forkproof: suppressions /nowhere/x.supp: No such file"), "{complaint}");
    suppress(Path::new("/nowhere/log")).assert().code(125);
    let empty = folder.join("empty.log");
    fs::write(&empty, "").unwrap();
    suppress(&empty)
        .assert()
        .code(1)
        .stdout("")
        .stderr("forkproof: there is nothing to silence in these logs\n");
    forkproof().arg("suppress").assert().code(2);
}
