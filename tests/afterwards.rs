//! `forkproof run`: what it does once the program has ended, and the flags for that.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod command;

use command::{compiled, folder, forkproof, path, printed, refused};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A child of its own uses its parent's poller; then it becomes `argv[2]`, if that is given. Ends with `argv[1]`.
const FORKS: &str = r"
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int count, char **words) {
    int poller = epoll_create1(0), ends[2], status;
    if (poller < 0 || pipe(ends)) return 99;
    pid_t child = fork();
    if (child == 0) {
        struct epoll_event event = {.events = EPOLLIN};
        if (epoll_ctl(poller, EPOLL_CTL_ADD, ends[0], &event)) _exit(98);
        if (count > 2) execv(words[2], words + 2);
        _exit(0);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || status) return 97;
    return count > 1 ? atoi(words[1]) : 0;
}
";

/// The program, in a folder of the test's own, which temporary files go to as well.
fn forks(name: &str) -> (PathBuf, PathBuf) {
    let folder = fs::canonicalize(folder(name)).unwrap();
    fs::create_dir(folder.join("tmp")).unwrap();
    let program = folder.join("forks");
    assert!(compiled(&program, FORKS, &[]), "cc failed");
    (folder, program)
}

fn run_with(flags: &[&str], folder: &Path) -> assert_cmd::Command {
    let mut command = forkproof();
    command.arg("run").args(flags).current_dir(folder).env("TMPDIR", folder.join("tmp"));
    command
}

/// What the library did not say.
fn own_lines(stderr: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(stderr).into_owned();
    text.lines().filter(|line| line.starts_with("forkproof: ")).map(str::to_owned).collect()
}

fn left_behind(folder: &Path) -> usize {
    fs::read_dir(folder.join("tmp")).unwrap().count()
}

#[test]
fn a_report_is_written_when_the_program_has_ended() {
    let (folder, program) = forks("run-report");
    let assert = run_with(&["--report=out.json", "--"], &folder).arg(&program).arg("7").assert().code(7);
    let lines = own_lines(&assert.get_output().stderr);
    assert!(lines[0].starts_with("forkproof: 1 finding in "), "{lines:?}");
    assert!(lines[0].ends_with(" (1 repaired, 0 suppressed)"), "{lines:?}");
    let report = folder.join("out.json");
    assert_eq!(lines[1..], [format!("forkproof: the report is {}", report.display())]);
    let report: serde_json::Value = serde_json::from_slice(&fs::read(report).unwrap()).unwrap();
    assert_eq!(report["groups"][0]["slug"], "inherited-poller");
    assert_eq!(left_behind(&folder), 0, "the log of a run with a report is of no use any more");

    run_with(&["--report", "-q", "--"], &folder).arg(&program).assert().success();
    assert!(fs::read_to_string(folder.join("forkproof.html")).unwrap().contains("inherited-poller"));
    for (flag, why) in [
        ("--report=x.doc", "its extension does not say what to write"),
        ("--report=/no/such/x.html", "there is no directory /no/such"),
        ("--report=tmp", "its extension does not say what to write"),
    ] {
        let line = refused(run_with(&[flag, "--"], &folder).args(["echo", "it ran"]), 2);
        assert!(line.contains(why), "{line}");
    }
}

#[test]
fn findings_decide_the_status_of_a_run_where_that_is_asked_for() {
    let (folder, program) = forks("run-exitcode");
    let exitcode = ["--error-exitcode=9", "--"];
    let assert = run_with(&exitcode, &folder).arg(&program).assert().code(9);
    let lines = own_lines(&assert.get_output().stderr);
    let next = lines[1].strip_prefix(&*format!("forkproof: next: {} report ", path().display())).unwrap();
    assert!(next.starts_with(folder.join("tmp").to_str().unwrap()), "{lines:?}");
    assert!(printed(forkproof().args(["report", next])).contains("inherited-poller"));
    assert_eq!(left_behind(&folder), 1, "the log that the next command needs");
    run_with(&exitcode, &folder).args(["sh", "-c", "exit 3"]).assert().code(3).stderr("");
    let killed = run_with(&exitcode, &folder).args(["sh", "-c", "kill -TERM $$"]).assert().failure();
    assert_eq!(killed.get_output().status.signal(), Some(15));
    run_with(&exitcode, &folder).arg("no-such-program-here").assert().code(127);
    assert_eq!(left_behind(&folder), 1, "nothing was found: no log stays");
}

#[test]
fn a_quiet_run_says_nothing_and_a_verbose_one_also_that_nothing_was_found() {
    let (folder, program) = forks("run-quiet");
    let quiet = run_with(&["-q", "--error-exitcode=9", "--"], &folder).arg(&program).assert().code(9);
    assert_eq!(own_lines(&quiet.get_output().stderr), [""; 0]);
    let verbose = run_with(&["-v", "--error-exitcode=9", "--"], &folder).arg("true").assert().success();
    let lines = own_lines(&verbose.get_output().stderr);
    assert!(lines.len() == 1 && lines[0].starts_with("forkproof: 0 findings in "), "{lines:?}");
    assert!(String::from_utf8_lossy(&verbose.get_output().stderr).contains(" is in, mode repair\n"));
}

#[test]
fn a_run_counts_its_own_part_of_an_old_log() {
    let (folder, program) = forks("run-old-log");
    for log in ["one.log", "each.%p.log"] {
        let flags = [&*format!("--log-file={log}"), "--error-exitcode=9", "--"];
        for _ in 0..2 {
            let assert = run_with(&flags, &folder).arg(&program).assert().code(9);
            let lines = own_lines(&assert.get_output().stderr);
            assert!(lines[0].starts_with("forkproof: 1 finding in "), "{log}: {lines:?}");
            let name = folder.join(log.replace("%p", "*"));
            assert_eq!(lines[1], format!("forkproof: next: {} report {}", path().display(), name.display()));
        }
        run_with(&flags, &folder).arg("true").assert().success();
    }
    assert_eq!(left_behind(&folder), 0);
    let line = refused(
        run_with(&["--log-file=%p/x", "--error-exitcode=9", "--"], &folder).args(["echo", "it ran"]),
        2,
    );
    assert!(line.contains("put %p in the file's name"), "{line}");
}

/// Whatever the log is called, and whether or not the command is in PATH.
#[test]
fn the_next_command_can_be_pasted() {
    let (folder, program) = forks("run-next");
    for log in ["it's a $HOME;log", "-x", "a [%p] b*", "caf\u{e9}\u{7f}.log"] {
        let flags = [&*format!("--log-file={log}"), "--error-exitcode=9", "--"];
        let assert = run_with(&flags, &folder).arg(&program).assert().code(9);
        let lines = own_lines(&assert.get_output().stderr);
        let next = lines[1].strip_prefix("forkproof: next: ").unwrap();
        let pasted = Command::new("bash").args(["-c", next]).current_dir(&folder).output().unwrap();
        let text = String::from_utf8_lossy(&pasted.stdout);
        assert!(pasted.status.success() && text.contains("\n1 finding of 1 kind"), "{next}: {pasted:?}");
        // And so can those that the report ends with.
        let lines = text.lines().filter_map(|line| line.strip_prefix("  /")).collect::<Vec<_>>();
        assert_eq!(lines.len(), 2, "{text}");
        for line in lines {
            let pasted = Command::new("bash").arg("-c").arg(format!("/{line}")).current_dir(&folder).output();
            let pasted = pasted.unwrap();
            assert!(pasted.status.success() && !pasted.stdout.is_empty(), "{line}: {pasted:?}");
        }
    }
}

#[test]
fn suppressions_are_handed_on_and_hold_for_the_status() {
    let (folder, program) = forks("run-suppressions");
    fs::write(folder.join("all.supp"), "inherited-poller:epoll_ctl\n").unwrap();
    let flags = ["--suppressions=all.supp", "--num-callers=3", "-vv"];
    let mut options = run_with(&flags, &folder);
    let file = folder.join("all.supp");
    let expected = format!("suppressions={}:stack_depth=3:verbosity=2\n", file.display());
    assert_eq!(printed(options.args(["--", "printenv", "FORKPROOF_OPTIONS"])), expected);
    let flags = ["--suppressions=all.supp", "--error-exitcode=9", "--"];
    let assert = run_with(&flags, &folder).arg(&program).assert().success();
    let lines = own_lines(&assert.get_output().stderr);
    assert!(lines.len() == 1 && lines[0].ends_with(" (1 suppressed)"), "{lines:?}");
    let line = refused(run_with(&["--suppressions=none.supp", "--"], &folder).args(["echo", "it ran"]), 2);
    assert!(line.contains("none.supp: No such file"), "{line}");
    let line = refused(run_with(&["--num-callers=99", "--"], &folder).args(["echo", "it ran"]), 2);
    assert!(line.contains("--num-callers: stack_depth takes 0..32, not `99`"), "{line}");
}

#[test]
fn lines_that_accept_what_was_found_are_printed_and_do() {
    let (folder, program) = forks("run-gen-suppressions");
    let flags = ["--gen-suppressions=all", "-q", "--"];
    let assert = run_with(&flags, &folder).arg(&program).assert().success();
    let text = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    let lines = text.lines().filter(|line| !line.starts_with("forkproof[")).collect::<Vec<_>>();
    assert!(lines.len() == 2 && lines[0].starts_with("# 1 finding repaired in "), "{text}");
    assert!(lines[1].starts_with("inherited-poller:"), "{text}");
    fs::write(folder.join("made.supp"), lines.join("\n")).unwrap();
    let flags = ["--suppressions=made.supp", "--error-exitcode=9", "--"];
    run_with(&flags, &folder).arg(&program).assert().success();
}

#[test]
fn programs_of_children_are_left_alone_where_that_is_asked_for() {
    let (folder, program) = forks("run-trace-children");
    let found = |flags: &[&str], command: &[&OsStr]| {
        let assert = run_with(flags, &folder).args(command).assert().success();
        String::from_utf8_lossy(&assert.get_output().stderr).matches(": inherited-poller: ").count()
    };
    // The shell stays, and its child runs the program; or the shell becomes the program.
    let (sh, c, stays, becomes) =
        ("sh".as_ref(), "-c".as_ref(), "\"$0\"; true".as_ref(), "exec \"$0\"".as_ref());
    let program = program.as_os_str();
    assert_eq!(found(&["--"], &[sh, c, stays, program]), 1);
    assert_eq!(found(&["--trace-children=no", "--"], &[sh, c, stays, program]), 0);
    assert_eq!(found(&["--trace-children=no", "--"], &[sh, c, becomes, program]), 1);
    assert_eq!(
        found(&["--trace-children=no", "--"], &[program, "0".as_ref(), program]),
        1,
        "not in the child's program"
    );
    assert_eq!(found(&["--"], &[program, "0".as_ref(), program]), 2);
    // A run inside of one is a run of its own.
    let inner = [path().as_os_str(), program];
    assert_eq!(
        found(&["--trace-children=no", "--"], &[sh, c, "\"$0\" \"$@\"; true".as_ref(), inner[0], inner[1]]),
        1
    );
    // The same with the command as the parent.
    let flags = ["--trace-children=no", "--error-exitcode=9", "--"];
    run_with(&flags, &folder).args([sh, c, stays, program]).assert().success().stderr("");
    run_with(&flags, &folder).args([sh, c, becomes, program]).assert().code(9);
}

#[test]
fn a_program_without_the_library_is_named_at_the_end() {
    let (folder, program) = forks("run-unseen");
    let alone = folder.join("alone");
    if !compiled(&alone, "int main(void) { return 0; }", &["-static"]) {
        eprintln!("SKIP: this compiler links no static programs");
        return;
    }
    let mut run = run_with(&["-o", "inherited-poller=off", "--error-exitcode=9", "--"], &folder);
    let assert = run.arg(&program).arg("0").arg(&alone).assert().success();
    let lines = own_lines(&assert.get_output().stderr);
    assert!(
        lines.iter().any(|line| line.contains("went on as a program without forkproof in it")),
        "{lines:?}"
    );
    // Where the child shares its parent's memory until it is another program, too.
    let mut shell = run_with(&["--error-exitcode=9", "--", "python3", "-c"], &folder);
    let assert =
        shell.arg("import subprocess, sys; subprocess.run(sys.argv[1])").arg(&alone).assert().success();
    let lines = own_lines(&assert.get_output().stderr);
    assert!(
        lines.iter().any(|line| line.contains("went on as a program without forkproof in it")),
        "{lines:?}"
    );
    // An exec that fails is none.
    let missing = "(exec /no/such/program) 2>/dev/null; true";
    run_with(&["--error-exitcode=9", "--"], &folder)
        .args(["sh", "-c", missing])
        .assert()
        .success()
        .stderr("");
}

/// Its parent ends at once, inside of daemon(3), and tells nobody of it.
#[test]
fn a_daemon_that_goes_on_is_named_and_keeps_its_log() {
    const DAEMON: &str = r"
        #include <unistd.h>
        int main(void) { return daemon(1, 0) || (alarm(60), pause()); }
    ";
    let folder = fs::canonicalize(folder("run-daemon")).unwrap();
    fs::create_dir(folder.join("tmp")).unwrap();
    let program = folder.join("daemon");
    assert!(compiled(&program, DAEMON, &[]), "cc failed");
    let assert = run_with(&["--report=r.html", "--"], &folder).arg(&program).assert().success();
    let lines = own_lines(&assert.get_output().stderr);
    let line = lines.iter().find(|line| line.contains("1 process still runs (")).expect("it is said");
    let pid = line.split_once('(').unwrap().1.split_once(')').unwrap().0;
    Command::new("kill").arg(pid).status().unwrap();
    assert!(line.contains("later is not in this, but in ") && line.ends_with("/fork.log"), "{line}");
    assert_eq!(left_behind(&folder), 1);
}

/// A gate that stays open when nothing could be written down is none.
#[test]
fn a_log_that_cannot_be_written_is_no_clean_run() {
    let (folder, program) = forks("run-no-log");
    let flags = ["--log-file=/dev/full", "--error-exitcode=9", "--"];
    let line = refused(run_with(&flags, &folder).arg(&program), 2);
    assert!(line.contains("/dev/full is no regular file"), "{line}");
    // No file may grow at all (setrlimit(2), RLIMIT_FSIZE), which the library meets with a failed write.
    let limited =
        format!("ulimit -f 0; trap '' XFSZ; exec \"$0\" run --error-exitcode=9 -- {}", program.display());
    let mut shell = Command::new("bash");
    shell.args(["-c", &limited]).arg(path()).env("TMPDIR", folder.join("tmp"));
    for name in ["LD_PRELOAD", "FORKPROOF_OPTIONS", "FORKPROOF_DISABLE"] {
        shell.env_remove(name);
    }
    let output = shell.output().unwrap();
    let lines = own_lines(&output.stderr);
    assert_eq!(output.status.code(), Some(125), "{lines:?}");
    assert!(lines[0].contains("nothing of this run is in its log"), "{lines:?}");
}
