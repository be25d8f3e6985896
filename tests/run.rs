//! `forkproof run`: what the program gets, and what its caller sees.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod command;

use command::{compiled, executable, folder, forkproof, library, path, printed, refused, run};
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

#[test]
fn the_program_runs_in_the_process_of_the_command() {
    let child = Command::new(path())
        .args(["run", "--", "sh", "-c", "echo $$"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let pid = child.id();
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap().trim(), pid.to_string());
}

#[test]
fn status_and_signal_are_the_programs_own() {
    run("sh").args(["-c", "exit 7"]).assert().code(7);
    let output = run("sh").args(["-c", "kill -TERM $$"]).assert().failure();
    assert_eq!(output.get_output().status.signal(), Some(15));
}

#[test]
fn the_library_is_in_the_program() {
    let maps = printed(run("cat").arg("/proc/self/maps"));
    assert!(maps.contains(library().to_str().unwrap()), "{maps}");
    let bare =
        String::from_utf8(Command::new("cat").arg("/proc/self/maps").output().unwrap().stdout).unwrap();
    assert!(!bare.contains("libforkproof"), "{bare}");
}

#[test]
fn a_program_needs_no_run_and_keeps_its_arguments() {
    assert_eq!(printed(forkproof().args(["echo", "-o", "x", "--help"])), "-o x --help\n");
    assert_eq!(printed(forkproof().args(["run", "echo", "-o", "x", "--help"])), "-o x --help\n");
    assert_eq!(printed(forkproof().args(["--", "echo", "run"])), "run\n");
}

#[test]
fn the_name_it_was_called_by_stays() {
    assert_eq!(printed(run("sh").args(["-c", "echo $0"])), "sh\n");
}

#[test]
fn ld_preload_begins_with_us_and_keeps_the_rest() {
    let preload = |command: &mut assert_cmd::Command| printed(command.arg("LD_PRELOAD"));
    let library = library().into_os_string().into_string().unwrap();
    assert_eq!(preload(&mut run("printenv")), format!("{library}\n"));
    assert_eq!(preload(run("printenv").env("LD_PRELOAD", "libm.so.6")), format!("{library}:libm.so.6\n"));
    let mut nested = run(path());
    nested.args(["run", "--", "printenv"]).env("LD_PRELOAD", "libm.so.6");
    assert_eq!(preload(&mut nested), format!("{library}:libm.so.6\n"));
}

#[test]
fn another_copy_of_the_library_makes_way_and_is_named() {
    let folder = folder("another-copy");
    let copy = folder.join("libforkproof.so");
    fs::copy(library(), &copy).unwrap();
    let assert = run("printenv").arg("LD_PRELOAD").env("LD_PRELOAD", &copy).assert().success();
    let output = assert.get_output();
    assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{}\n", library().display()));
    assert!(String::from_utf8_lossy(&output.stderr).contains(copy.to_str().unwrap()));
}

#[test]
fn the_command_line_comes_after_the_environment() {
    let folder = folder("options");
    let mut command = forkproof();
    command.args(["run", "-o", "limit=3", "--log-file=a:b.%p", "--mode", "observe", "-o", "limit=4", "--"]);
    command
        .args(["printenv", "FORKPROOF_OPTIONS"])
        .env("FORKPROOF_OPTIONS", "mode=strict")
        .current_dir(&folder);
    let log = fs::canonicalize(&folder).unwrap().join("a:b.%p");
    let expected = format!("mode=strict:mode=observe:log_path=\"{}\":limit=3:limit=4\n", log.display());
    assert_eq!(printed(&mut command), expected);
}

#[test]
fn without_options_the_environment_is_as_it_was() {
    run("printenv").arg("FORKPROOF_OPTIONS").assert().code(1);
    assert_eq!(
        printed(run("printenv").arg("FORKPROOF_OPTIONS").env("FORKPROOF_OPTIONS", "limit=5")),
        "limit=5\n"
    );
    let ours = |line: &&str| !line.starts_with("LD_PRELOAD=") && !line.starts_with("_=");
    let guarded = printed(run("env").env("X", "a b\n=c"));
    let bare = printed(assert_cmd::Command::new("env").env("X", "a b\n=c").env_remove("LD_PRELOAD"));
    assert_eq!(
        guarded.lines().filter(ours).collect::<Vec<_>>(),
        bare.lines().filter(ours).collect::<Vec<_>>()
    );
}

#[test]
fn a_bad_option_stops_before_anything_runs() {
    for (option, complaint) in [
        ("mode=repiar", "mode takes observe|repair|strict, not `repiar`"),
        ("phantom-event=maybe", "phantom-event takes off|report|repair|poison|die, not `maybe`"),
        ("limit=-1", "limit takes 0..1000000, not `-1`"),
        ("colour=red", "there is no key `colour`; the keys are mode, log_path,"),
        ("verify", "an option is KEY=VALUE; the keys are mode, log_path,"),
        ("log_path=a\"b", "a value cannot hold a double quote"),
    ] {
        let assert =
            forkproof().args(["run", "-o", option, "--", "echo", "it ran"]).assert().code(2).stdout("");
        let text = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        assert!(text.lines().next().unwrap().contains(complaint), "{text}");
    }
    let line = refused(forkproof().args(["run", "--log-file=/nowhere/x.log", "--", "echo", "it ran"]), 2);
    assert!(line.contains("there is no directory /nowhere"), "{line}");
    let mut open_quote = forkproof();
    open_quote.args(["run", "-o", "limit=1", "echo", "it ran"]).env("FORKPROOF_OPTIONS", "log_path=\"x");
    assert!(refused(&mut open_quote, 2).contains("does not close it"));
}

/// Rust's own start-up would reset SIGPIPE and open closed descriptors; the program must not see that.
#[test]
fn signals_and_descriptors_are_inherited_as_they_were() {
    let masks = |through: &[&str]| {
        let mut command = assert_cmd::Command::new("env");
        command.args(["--block-signal=USR1", "--ignore-signal=PIPE,USR2"]).args(through);
        printed(command.args(["grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"]))
    };
    let plain = |through: &[&str]| {
        let mut command = assert_cmd::Command::new("env");
        command.args(["--default-signal=PIPE"]).args(through);
        printed(command.args(["grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"]))
    };
    let through = [path().to_str().unwrap(), "run", "--"];
    assert_eq!(masks(&through), masks(&[]));
    assert_eq!(plain(&through), plain(&[]));
    assert_ne!(plain(&[]), masks(&[]), "the comparison sees nothing");
    let script = format!("exec {} run -- test -e /proc/self/fd/0 <&-", path().display());
    assert_cmd::Command::new("sh").args(["-c", &script]).assert().code(1);
}

#[test]
fn a_program_with_the_address_sanitizer_still_starts() {
    let program = folder("asan").join("program");
    if !compiled(&program, "int main(void) { return 9; }", &["-fsanitize=address"]) {
        eprintln!("SKIP: this compiler has no address sanitizer");
        return;
    }
    let bare = Command::new(&program).env("LD_PRELOAD", library()).output().unwrap();
    assert_ne!(bare.status.code(), Some(9), "the sanitizer no longer minds; the order is not needed");
    run(&program).assert().code(9);
}

#[test]
fn the_library_is_found_under_a_prefix() {
    let prefix = fs::canonicalize(folder("prefix")).unwrap();
    for libraries in ["lib", "lib64"] {
        fs::create_dir_all(prefix.join("bin")).unwrap();
        fs::create_dir_all(prefix.join(libraries)).unwrap();
        let command = prefix.join("bin/forkproof");
        fs::copy(path(), &command).unwrap();
        let installed = prefix.join(libraries).join("libforkproof.so");
        fs::copy(library(), &installed).unwrap();
        let mut run = assert_cmd::Command::new(&command);
        run.args(["run", "--", "printenv", "LD_PRELOAD"]).env_remove("LD_PRELOAD");
        assert_eq!(printed(&mut run), format!("{}\n", installed.display()));
        fs::remove_file(&installed).unwrap();
    }
}

#[test]
fn a_library_that_is_missing_or_unusable_is_named() {
    let folder = fs::canonicalize(folder("no-library")).unwrap();
    let alone = |place: &std::path::Path| {
        fs::create_dir_all(place).unwrap();
        fs::copy(path(), place.join("forkproof")).unwrap();
        let mut command = assert_cmd::Command::new(place.join("forkproof"));
        command.args(["run", "--", "echo", "it ran"]);
        command
    };
    let line = refused(&mut alone(&folder.join("bin")), 125);
    assert!(line.contains(folder.join("bin/libforkproof.so").to_str().unwrap()), "{line}");
    assert!(line.contains(folder.join("lib/libforkproof.so").to_str().unwrap()), "{line}");

    let mut broken = alone(&folder.join("broken"));
    executable(&folder.join("broken/libforkproof.so"), "\x7fELF");
    assert!(refused(&mut broken, 125).contains("is no library"));

    let mut spaced = alone(&folder.join("a b"));
    fs::copy(library(), folder.join("a b/libforkproof.so")).unwrap();
    assert!(refused(&mut spaced, 125).contains("splits it at colons and spaces"));
}

#[test]
fn the_commands_own_log_shows_its_decisions() {
    let assert = run("true").env("FORKPROOF_LOG", "debug").assert().success();
    let text = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(text.contains(&format!("forkproof: debug: library: {}", library().display())), "{text}");
    assert!(text.contains("forkproof: debug: LD_PRELOAD="), "{text}");
    run("true").env("FORKPROOF_LOG", "error").env("RUST_LOG", "debug").assert().success().stderr("");
}

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
fn forks(name: &str) -> (std::path::PathBuf, std::path::PathBuf) {
    let folder = fs::canonicalize(folder(name)).unwrap();
    fs::create_dir(folder.join("tmp")).unwrap();
    let program = folder.join("forks");
    assert!(compiled(&program, FORKS, &[]), "cc failed");
    (folder, program)
}

fn run_with(flags: &[&str], folder: &std::path::Path) -> assert_cmd::Command {
    let mut command = forkproof();
    command.arg("run").args(flags).current_dir(folder).env("TMPDIR", folder.join("tmp"));
    command
}

/// What the library did not say.
fn own_lines(stderr: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(stderr).into_owned();
    text.lines().filter(|line| line.starts_with("forkproof: ")).map(str::to_owned).collect()
}

fn left_behind(folder: &std::path::Path) -> usize {
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
    let next = lines[1].strip_prefix("forkproof: next: forkproof report ").unwrap();
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
            assert_eq!(lines[1], format!("forkproof: next: forkproof report {}", name.display()));
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
    let found = |flags: &[&str], command: &[&std::ffi::OsStr]| {
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
    // An exec that fails is none.
    let missing = "(exec /no/such/program) 2>/dev/null; true";
    run_with(&["--error-exitcode=9", "--"], &folder)
        .args(["sh", "-c", missing])
        .assert()
        .success()
        .stderr("");
}
